//! `sirank demo`: the whole thing against embedded mock servers, over real HTTP on loopback.

mod hubspot;
mod vtiger;

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use sirank_mocks::fattureincloud::{FattureInCloud, Quotas};
use sirank_mocks::seed::{self, Oddities};

use crate::cli::args::{Common, DemoArgs, DemoCrm};
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::field_names::FieldNames;
use crate::cli::output::Output;
use crate::cli::render;
use crate::cli::wiring::{Context, Systems};
use crate::domain::catalogue::Figure;
use crate::domain::time::Day;
use crate::domain::value::{Blanks, Value};
use crate::engine::{Reading, Report, Request, RunReport, Scope, SetupReport};
use crate::settings::{Environment, LoadRequest, Settings};
use crate::store::{RunOutcome, Store};

/// The day that the data is made for: the end of the period that the source's matrix shows.
const AS_OF: &str = "2013-12-31";

/// A credential of the mock servers; they run on loopback, for as long as the demo does.
const TOKEN: &str = "demo-token";

/// A CRM that a mock server plays.
trait Portal {
    /// What it is, for people.
    fn name(&self) -> &'static str;

    /// What its properties hold where no value is.
    fn blanks(&self) -> Blanks;

    /// Its part of the configuration.
    fn config(&self) -> String;

    /// Does what `setup` leaves to an administrator, as it says.
    fn do_by_hand(&self, setup: &SetupReport) -> Result<(), CliError>;

    /// What stands in the property of a figure, by the id that the company has in the data; none where it is empty. Flags
    /// are true or false, choices the names of their options.
    fn text(&self, company: &str, figure: Figure) -> Option<String>;
}

/// Set-up, backfill, matrix, and a second backfill that writes nothing.
pub(in crate::cli) async fn run(
    common: &Common,
    args: &DemoArgs,
    out: &mut Output,
) -> Result<Exit, CliError> {
    match args.crm {
        DemoCrm::Hubspot => {
            let portal = hubspot::Played::start().await?;
            let result = against(&portal, common, out).await;
            portal.shutdown().await;
            result
        }
        DemoCrm::Vtiger => {
            let portal = vtiger::Played::start().await?;
            let result = against(&portal, common, out).await;
            portal.shutdown().await;
            result
        }
    }
}

/// The demo against one CRM, with invoices from a mock of Fatture in Cloud.
async fn against(portal: &dyn Portal, common: &Common, out: &mut Output) -> Result<Exit, CliError> {
    let books = seed::cluster301_documents(Oddities::default()).map_err(failed("the demo data"))?;
    let accounting = FattureInCloud::builder().token(TOKEN).company(books).quotas(Quotas::usual());
    let accounting = accounting.start().await.map_err(failed("the mock of Fatture in Cloud"))?;
    let folder = tempfile::TempDir::new().map_err(failed("a temporary folder"))?;
    let config = config(portal, &accounting.base_url(), folder.path());
    let result = play(common, out, portal, &config, folder.path()).await;
    accounting.shutdown().await;
    let exit = result?;
    let compared = compare_with_reference(portal)?;
    out.note(&format!("All {compared} values in the CRM equal the reference figures."))?;
    Ok(exit)
}

/// Compares what stands in the CRM with figures that another implementation computed; returns how many.
fn compare_with_reference(portal: &dyn Portal) -> Result<usize, CliError> {
    let mut lines = csv::Reader::from_reader(seed::expected_csv().as_bytes());
    let headings = lines.headers().map_err(failed("the reference figures"))?.clone();
    let mut compared = 0;
    for line in lines.records() {
        let line = line.map_err(failed("the reference figures"))?;
        let company = line.get(0).unwrap_or_default();
        for (heading, expected) in headings.iter().zip(&line) {
            let Some(figure) = figure_of(heading) else { continue };
            let kind = figure.describe().kind;
            let there = Value::observed(kind, &portal.text(company, figure).unwrap_or_default());
            let expected = Value::observed(kind, expected);
            if !portal.blanks().alike(kind, there.as_ref(), expected.as_ref()) {
                let difference = format!("{company} {heading}: {there:?} in the CRM, {expected:?} expected");
                return Err(CliError::Machine(difference));
            }
            compared += usize::from(expected.is_some());
        }
    }
    Ok(compared)
}

/// The figure of a column; none for columns that no property holds.
fn figure_of(heading: &str) -> Option<Figure> {
    if heading == "sirank" { Some(Figure::Score) } else { Figure::from_name(heading) }
}

async fn play(
    common: &Common,
    out: &mut Output,
    portal: &dyn Portal,
    config: &str,
    folder: &Path,
) -> Result<Exit, CliError> {
    let file = folder.join("demo.toml");
    std::fs::write(&file, config).map_err(failed("the demo's configuration"))?;
    let request = LoadRequest { files: vec![file], environment: Environment::default() };
    let as_of: Day = AS_OF.parse().map_err(failed("the demo's day"))?;
    let common = Common { as_of: Some(as_of), ..common.clone() };
    let context = Context::of(Settings::load(request)?, &common)?;

    out.note(&format!(
        "{} with 301 companies and a Fatture in Cloud account with 2,677 documents, both played by mock servers on \
         this machine. The configuration:\n",
        portal.name()
    ))?;
    out.note(config)?;

    out.note("\n─── sirank setup ───")?;
    let store = context.open_store()?;
    let systems = context.systems(&store)?;
    let setup = systems.engine(&context, &store).setup(false).await?;
    out.note(&render::setup(&setup, false))?;
    if !setup.by_hand.is_empty() {
        portal.do_by_hand(&setup)?;
        out.note("\n─── The administrator adds them. sirank setup, once more ───")?;
        let setup = systems.engine(&context, &store).setup(false).await?;
        out.note(&render::setup(&setup, false))?;
    }

    out.note("\n─── sirank backfill ───")?;
    let first = backfill(&context, &store, &systems).await?;
    let names = FieldNames::of(&store)?;
    out.note(&render::run(&first, &render::Shown::default(), &names))?;

    out.note("\n─── sirank report ───")?;
    let report = Report::of(&store, context.policy(), as_of, false)?;
    out.print(&report, |report| render::report(report, context.currency()))?;

    out.note("\n─── sirank backfill, once more: nothing has changed, so nothing is written ───")?;
    let systems = context.systems(&store)?;
    let second = backfill(&context, &store, &systems).await?;
    out.note(&render::run(&second, &render::Shown::default(), &names))?;
    if second.outcome != RunOutcome::Done {
        return Err(CliError::Machine(format!("the second backfill ended as {:?}", second.outcome)));
    }
    let writes: u64 = second.usage.iter().map(|(_, usage)| usage.writes).sum();
    if writes > 0 {
        return Err(CliError::Machine(format!(
            "the second backfill made {writes} write calls instead of none"
        )));
    }
    out.note("\nThe second backfill made 0 write calls.")?;
    Ok(first.outcome.into())
}

async fn backfill(context: &Context, store: &Arc<Store>, systems: &Systems) -> Result<RunReport, CliError> {
    let request = Request {
        command: "demo",
        as_of: context.as_of(),
        today: context.today(),
        reading: Reading::Whole,
        scope: Scope::default(),
        apply: true,
        resume: false,
    };
    Ok(systems.engine(context, store).run(&request).await?)
}

fn config(portal: &dyn Portal, accounting: &str, folder: &Path) -> String {
    let state = folder.join("demo.sqlite3");
    format!(
        r#"{portal}
[[accounting]]
name = "fatture"
kind = "fattureincloud"
base_url = "{accounting}"
company_id = "{company}"
token = "{TOKEN}"

[cold]
excluded_categories = ["PA", "UTILIZZATORE FINALE"]
watched_pipelines = ["sales", "ecommerce"]

[store]
path = "{state}"
"#,
        portal = portal.config(),
        company = seed::COMPANY_ID,
        state = state.display(),
    )
}

fn failed<E: Display>(what: &'static str) -> impl Fn(E) -> CliError {
    move |error| CliError::Machine(format!("{what}: {error}"))
}

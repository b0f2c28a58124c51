//! The vTiger mock in the words of the domain.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use sirank::cli::Exit;
use sirank::connectors::vtiger::{
    ContactSettings, Mapping, QuotaSettings, Vtiger as Connector, VtigerConfig, stock_closed_stages,
    stock_won_stages,
};
use sirank::domain::catalogue::{Figure, Language};
use sirank::domain::ids::CompanyId;
use sirank::domain::value::{Blanks, Value, ValueKind};
use sirank::engine::{InputMapping, SetupItem};
use sirank::http::{ClientSettings, Policy};
use sirank::ports::{Crm, HandWork, InputProperty};
use sirank_mocks::clock::Clock;
use sirank_mocks::faults::{Action, Faults};
use sirank_mocks::journal::{Actor, RequestEntry, Stats};
use sirank_mocks::seed;
use sirank_mocks::vtiger::{Crm as Data, CustomField, UiType, User, VTiger as Mock};

use super::faults::{Ends, Row, status};
use super::{Account, Calls, Company, Connection, Damage, Entry, LONG_AGO, Vendor};
use crate::hubspot_support::hurried;

pub(crate) const ACCOUNTS: &str = "Accounts";
pub(super) const POTENTIALS: &str = "Potentials";
const ACCESS_KEY: &str = "PLANTED-vtiger-key";
pub(crate) const USER: &str = "sirank";
pub(super) const OWNER: u64 = 7;
pub(super) const PIPELINE: &str = "Pipeline";

/// A mock, and under which name it is reached.
pub(crate) struct VTiger {
    mock: Mock,
    host: &'static str,
}

impl Deref for VTiger {
    type Target = Mock;

    fn deref(&self) -> &Mock {
        &self.mock
    }
}

impl Vendor for VTiger {
    const CALLS: Calls = Calls {
        reads: &["getchallenge", "login", "describe Accounts", "query Accounts", "query Potentials"],
        page: "query Accounts",
        look_up: "query Accounts by id",
        write: "revise Accounts",
    };
    const BLANKS: Blanks = Blanks::Zero;
    const COMPANIES_PER_WRITE: usize = 1;
    const SECRET: &'static str = ACCESS_KEY;
    const SECTION: &'static str = "vtiger";
    const NOT_SET_UP: &'static str = "field SiRank";

    async fn start(account: &Account) -> Self {
        Self::with(data(account)).await
    }

    async fn cluster301(most: usize) -> Self {
        let mut data = seed::vtiger_cluster301(&[], sirank_mocks::vtiger::Language::English).unwrap();
        for company in data.ids(ACCOUNTS).into_iter().skip(most) {
            data.delete(ACCOUNTS, company, LONG_AGO);
        }
        Self::with(data).await
    }

    async fn twin(&self) -> Self {
        Self::with(self.crm(Data::clone)).await
    }

    async fn of_another_account(&self) -> Self {
        Self { host: "localhost", ..self.twin().await }
    }

    fn connect(&self, how: &Connection<'_>) -> Box<dyn Crm> {
        let mut client = ClientSettings::new(self.address().parse().unwrap());
        client.request_timeout = how.timeout;
        client.max_body_bytes = 1 << 20;
        let inputs = how.inputs.iter().map(|mapping| (mapping.input, mapping.property.clone()));
        let config = VtigerConfig {
            client,
            username: USER.to_owned(),
            access_key: ACCESS_KEY.to_owned().into(),
            mapping: Mapping { inputs: inputs.collect(), ..Mapping::default() },
            figures: Figure::ALL.to_vec(),
            language: Language::En,
            zone: chrono_tz::Europe::Rome,
            pipeline_field: Some(PIPELINE.to_owned()),
            closed_stages: stock_closed_stages(),
            won_stages: stock_won_stages(),
            wake_up: how.wake_up.cloned(),
            contacts: ContactSettings::default(),
            groups_are_owners: false,
            own_invoices: false,
            sessions: 4,
            quotas: QuotaSettings { pause: Duration::from_millis(1), ..QuotaSettings::default() },
            policy: Policy { budget: how.budget, ..hurried() },
            ledger: how.ledger.clone(),
            wall: Arc::new(sirank::clock::now),
        };
        Box::new(Connector::new(config).unwrap())
    }

    fn input(input: InputProperty) -> InputMapping {
        InputMapping { input, property: input_label(input).to_owned(), configured: true }
    }

    fn configuration(&self) -> String {
        format!(
            r#"[crm]
kind = "vtiger"

[vtiger]
base_url = "{}"
username = "{USER}"
token = "{ACCESS_KEY}"
pipeline_field = "{PIPELINE}"
groups_are_owners = false

[company]
potential = "Potential"
d_and_p = "D&P"
category = "Customer category"
vat_number = "VAT number"
"#,
            self.address()
        )
    }

    fn calls_at_once(calls: usize) -> String {
        format!("[vtiger]\nsessions = {calls}\n")
    }

    fn find(&self, entry: Entry, text: &str) -> Option<CompanyId> {
        let field = self.field_of(entry);
        self.crm(|data| data.find(ACCOUNTS, &field, text)).map(id)
    }

    fn figure(&self, company: &CompanyId, figure: Figure) -> Option<String> {
        let field = self.figure_field(figure)?;
        canonical(figure, &self.value(ACCOUNTS, number(company), &field)?)
    }

    fn companies(&self) -> Vec<CompanyId> {
        self.crm(|data| data.ids(ACCOUNTS)).into_iter().map(id).collect()
    }

    fn property(&self, figure: Figure) -> String {
        self.figure_field(figure).unwrap_or_else(|| label(figure).to_owned())
    }

    fn property_count(&self) -> usize {
        self.crm(|data| data.field_names(ACCOUNTS).len())
    }

    fn options_of(&self, figure: Figure) -> Vec<String> {
        let field = self.property(figure);
        let values = self.crm(|data| data.picklist_values(ACCOUNTS, &field));
        values.iter().filter_map(|value| canonical(figure, value)).collect()
    }

    fn person_edits(&self, company: &CompanyId, entry: Entry, text: &str) {
        let stored = match entry {
            Entry::Figure(figure) => stored(figure, text),
            Entry::Name | Entry::Input(_) => text.to_owned(),
        };
        let values = [(self.field_of(entry).as_str(), stored.as_str())]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let values = values.each_ref().map(|(name, value)| (name.as_str(), value.as_str()));
        assert!(Mock::person_edits(self, ACCOUNTS, number(company), &values));
    }

    fn person_creates(&self, company: &Company) -> CompanyId {
        let now = self.clock().now_ms();
        let number = self.change(|data| add_company(data, now, company));
        crate::vtiger_support::company(number)
    }

    fn person_deletes(&self, company: &CompanyId) {
        assert!(Mock::person_deletes(self, ACCOUNTS, number(company)));
    }

    /// The other one's records move, then it is deleted.
    fn person_merges(&self, _winner: &CompanyId, loser: &CompanyId) {
        assert!(Mock::person_deletes(self, ACCOUNTS, number(loser)));
    }

    fn person_contacts(&self, company: &CompanyId, instant: &str) {
        let (day, time) = instant.trim_end_matches('Z').split_once('T').unwrap();
        let values = [
            ("subject", "Telefonata"),
            ("date_start", day),
            ("time_start", time),
            ("activitytype", "Call"),
            ("eventstatus", "Held"),
            ("parent_id", company.as_str()),
        ];
        self.change(|data| data.add("Events", LONG_AGO, OWNER, &values));
    }

    fn person_opens_deal(&self, company: &CompanyId, pipeline: &str) {
        let now = self.clock().now_ms();
        self.change(|data| deal_at(data, now, Some(number(company)), pipeline, "Prospecting"));
    }

    fn person_closes_deals(&self, pipeline: &str) {
        self.change(|data| {
            let field = data.field_named(POTENTIALS, PIPELINE).unwrap().to_owned();
            for deal in data.ids(POTENTIALS) {
                if data.value(POTENTIALS, deal, &field).as_deref() == Some(pipeline) {
                    data.put(POTENTIALS, deal, &[("sales_stage", "Closed Lost")]);
                }
            }
        });
    }

    fn owners_leave(&self) {
        self.change(|data| {
            data.users.values_mut().filter(|user| user.name != USER).for_each(|user| user.active = false);
        });
    }

    fn administrators_do(&self, work: &[(SetupItem, HandWork)]) {
        for (_, work) in work {
            self.change(|data| carry_out(data, work));
        }
    }

    fn administrator_spoils(&self, figure: Figure, damage: Damage) {
        let name = self.property(figure);
        self.change(|data| match damage {
            Damage::Text => {
                assert!(data.remove_custom_field(ACCOUNTS, &name));
                data.add_field(ACCOUNTS, &CustomField::text(label(figure), 100)).unwrap();
            }
            Damage::ReadOnly => assert!(data.set_field_editable(ACCOUNTS, &name, false)),
            Damage::Option { lost, own } => {
                assert!(data.remove_picklist_value(ACCOUNTS, &name, &stored(figure, lost)));
                assert!(data.add_picklist_value(ACCOUNTS, &name, own));
            }
        });
    }

    /// Another organization gets the same name: vTiger looks at it whatever is written.
    fn refuses(&self, company: &CompanyId) -> (&'static str, &'static str) {
        let name = self.value(ACCOUNTS, number(company), "accountname").unwrap();
        self.change(|data| data.add(ACCOUNTS, LONG_AGO, OWNER, &[("accountname", name.as_str())]));
        ("DUPLICATE", "same name")
    }

    fn person_mends(&self, company: &CompanyId) {
        let number = number(company);
        let name = self.value(ACCOUNTS, number, "accountname");
        let twins = self
            .crm(|data| data.ids(ACCOUNTS))
            .into_iter()
            .filter(|id| *id != number && self.value(ACCOUNTS, *id, "accountname") == name);
        for (place, twin) in twins.enumerate() {
            let renamed = format!("Omonima {place}");
            assert!(Mock::person_edits(self, ACCOUNTS, twin, &[("accountname", renamed.as_str())]));
        }
    }

    fn own_faults() -> Vec<Row> {
        let error = |code: &str| Action::Status {
            status: 200,
            retry_after: None,
            body: Some(json!({"success": false, "error": {"code": code, "message": "no"}})),
        };
        // Another session is opened; a server that forgets every one of them is not the key's fault.
        let session =
            |action| Row { never_at: &["getchallenge", "login"], ..Row::before(action, Ends::PASSING) };
        // What is denied to a write is about one organization.
        let refused = Exit::DoneWithFailures;
        let denied = Ends { write_once: refused, write_always: refused, ..Ends::FORBIDDEN };
        vec![
            session(Action::ExpireToken),
            session(error("INVALID_SESSIONID")),
            session(error("SESSION_EXPIRED")),
            Row::before(error("ACCESS_DENIED"), denied),
            Row::before(status(403, None), denied),
            Row::before(error("DATABASE_QUERY_ERROR"), Ends::PASSING),
            Row::after(error("INTERNAL_SERVER_ERROR"), Ends::CARRIED_OUT),
        ]
    }

    fn faults<T>(&self, change: impl FnOnce(&mut Faults) -> T) -> T {
        Mock::faults(self, change)
    }

    fn revoke_credentials(&self) {
        self.change(|data| data.add_user(user("another-key")));
        self.end_sessions();
    }

    fn renew_credentials(&self) {
        self.change(|data| data.add_user(user(ACCESS_KEY)));
    }

    fn set_latency(&self, latency: Duration) {
        Mock::set_latency(self, latency);
    }

    fn requests(&self) -> Vec<RequestEntry> {
        Mock::requests(self)
    }

    fn stats(&self) -> Stats {
        Mock::stats(self)
    }

    fn pages_delivered(&self) -> Vec<String> {
        let page = |request: &RequestEntry| request.kind == Self::CALLS.page && request.status == 200;
        let asked = |request: RequestEntry| {
            let mut parameters = request.target.split(['?', '&']);
            parameters.find(|parameter| parameter.starts_with("query=")).unwrap().to_owned()
        };
        Mock::requests(self).into_iter().filter(page).map(asked).collect()
    }

    fn companies_written(&self) -> Vec<CompanyId> {
        let writes = self.writes();
        let own = writes.all().iter().filter(|write| write.by == Actor::Api && write.object == ACCOUNTS);
        own.map(|write| CompanyId::from(write.id.as_str())).collect()
    }

    fn misplaced_writes(&self) -> Vec<String> {
        let figures: BTreeSet<String> = Figure::ALL.iter().map(|figure| self.property(*figure)).collect();
        let writes = self.writes();
        let own = writes.all().iter().filter(|write| write.by == Actor::Api);
        let misplaced = own.filter(|write| {
            (write.object.as_str(), write.action.as_str()) != (ACCOUNTS, "update")
                || write.properties.keys().any(|name| name != "id" && !figures.contains(name))
                || write.changed.is_empty()
        });
        misplaced.map(|write| format!("{write:?}")).collect()
    }

    fn was_only_read(&self) -> bool {
        let reads = ["getchallenge", "login", "logout", "listtypes", "describe", "retrieve", "query", "sync"];
        let only_read = |kind: &str| reads.contains(&kind.split(' ').next().unwrap());
        self.writes().all().is_empty() && Mock::requests(self).iter().all(|request| only_read(&request.kind))
    }

    fn forget(&self) {
        Mock::forget(self);
    }
}

impl VTiger {
    /// A server with the API user.
    pub(crate) async fn with(data: Data) -> Self {
        let mock = Mock::builder().crm(data).user(user(ACCESS_KEY)).start().await.unwrap();
        Self { mock, host: "127.0.0.1" }
    }

    /// The same, at the time of a clock.
    pub(crate) async fn at(data: Data, clock: Clock) -> Self {
        let mock = Mock::builder().crm(data).user(user(ACCESS_KEY)).clock(clock).start().await.unwrap();
        Self { mock, host: "127.0.0.1" }
    }

    fn address(&self) -> String {
        self.base_url().replace("127.0.0.1", self.host)
    }

    fn figure_field(&self, figure: Figure) -> Option<String> {
        self.crm(|data| data.field_named(ACCOUNTS, label(figure)).map(str::to_owned))
    }

    fn field_of(&self, entry: Entry) -> String {
        match entry {
            Entry::Name => "accountname".to_owned(),
            Entry::Figure(figure) => self.figure_field(figure).unwrap(),
            Entry::Input(input) => {
                self.crm(|data| data.field_named(ACCOUNTS, input_label(input)).unwrap().to_owned())
            }
        }
    }
}

fn user(access_key: &str) -> User {
    User::new(seed::ADMIN, USER, access_key).admin().decimals(5)
}

/// The data of an account.
pub(crate) fn data(account: &Account) -> Data {
    let mut data = Data::new();
    data.add_user(user(ACCESS_KEY));
    data.add_user(User::new(OWNER, "giulia", "key").named("Giulia", "Esempio"));
    let mut add = |module: &str, field: CustomField| data.add_field(module, &field).unwrap();
    add(ACCOUNTS, CustomField::picklist(input_label(InputProperty::Potential), &["high", "low", "lost"]));
    add(ACCOUNTS, CustomField::new(input_label(InputProperty::DAndP), UiType::Checkbox));
    for input in InputProperty::ALL.into_iter().filter(|input| input.kind() == ValueKind::Text) {
        add(ACCOUNTS, CustomField::text(input_label(input), 64));
    }
    add(POTENTIALS, CustomField::picklist(PIPELINE, &account.pipelines));
    data.set_next_id(101);
    let mut ids = Vec::new();
    for company in &account.companies {
        ids.push(add_company(&mut data, LONG_AGO, company));
    }
    for open in &account.deals {
        deal(&mut data, Some(ids[open.company]), open.pipeline, "Prospecting");
    }
    for _ in 0..account.won_deals {
        deal(&mut data, None, account.pipelines[0], "Closed Won");
    }
    data
}

fn add_company(data: &mut Data, at_ms: i64, company: &Company) -> u64 {
    let field = |data: &Data, input| data.field_named(ACCOUNTS, input_label(input)).unwrap().to_owned();
    let (vat_number, potential, category) = (
        field(data, InputProperty::VatNumber),
        field(data, InputProperty::Potential),
        field(data, InputProperty::Category),
    );
    let values = [
        ("accountname", company.name.as_str()),
        (&vat_number, &company.vat_number),
        (&potential, &company.potential),
        (&category, &company.category),
    ];
    data.add(ACCOUNTS, at_ms, OWNER, &values)
}

fn deal(data: &mut Data, company: Option<u64>, pipeline: &str, stage: &str) -> u64 {
    deal_at(data, LONG_AGO, company, pipeline, stage)
}

pub(super) fn deal_at(data: &mut Data, at_ms: i64, company: Option<u64>, pipeline: &str, stage: &str) -> u64 {
    let field = data.field_named(POTENTIALS, PIPELINE).unwrap().to_owned();
    let related = company.map(|company| company.to_string()).unwrap_or_default();
    let values = [
        ("potentialname", "Trattativa"),
        (field.as_str(), pipeline),
        ("sales_stage", stage),
        ("closingdate", "2014-06-30"),
        ("related_to", related.as_str()),
    ];
    data.add(POTENTIALS, at_ms, OWNER, &values)
}

/// What an administrator does who takes `setup` at its word.
fn carry_out(data: &mut Data, work: &HandWork) {
    let entry =
        |name: &str| work.entries.iter().find(|(entry, _)| entry == name).map(|(_, value)| value.as_str());
    let module = if work.screen.contains("Opportunities") { POTENTIALS } else { ACCOUNTS };
    // A value of a picklist: of the screen's, or of the one that the entry leads to.
    let add_value = |data: &mut Data, list: &str, value: &str| {
        let field = data.field_named(module, list).unwrap().to_owned();
        assert!(data.add_picklist_value(module, &field, value));
    };
    for (name, value) in &work.entries {
        let path: Vec<&str> = name.split(" > ").collect();
        if let [.., list, "Add Value"] = path[..] {
            add_value(data, list, value);
        } else if name == "Add Value" {
            add_value(data, work.screen.rsplit(" > ").next().unwrap(), value);
        }
    }
    if !work.screen.ends_with("Add Custom Field") {
        return;
    }
    let label = entry("Label Name").unwrap();
    let number = |name: &str| entry(name).map(|digits| digits.parse().unwrap());
    let ui_type: UiType = serde_json::from_value(entry("Select Field Type").unwrap().into()).unwrap();
    let values = entry("Picklist Values").map(|values| values.split(" | ").map(str::to_owned).collect());
    let field = CustomField {
        length: number("Length"),
        decimals: number("Decimal Places"),
        values: values.unwrap_or_default(),
        ..CustomField::new(label, ui_type)
    };
    data.add_field(module, &field).unwrap();
}

fn id(number: u64) -> CompanyId {
    CompanyId::from(format!("11x{number}").as_str())
}

pub(crate) fn number(id: &CompanyId) -> u64 {
    id.as_str().split_once('x').unwrap().1.parse().unwrap()
}

pub(crate) fn label(figure: Figure) -> &'static str {
    figure.describe().label.en
}

const fn input_label(input: InputProperty) -> &'static str {
    match input {
        InputProperty::Potential => "Potential",
        InputProperty::DAndP => "D&P",
        InputProperty::Category => "Customer category",
        InputProperty::VatNumber => "VAT number",
        InputProperty::TaxCode => "Tax code",
        InputProperty::AccountingId => "Accounting customer id",
    }
}

/// The canonical text of what vTiger shows.
fn canonical(figure: Figure, shown: &str) -> Option<String> {
    let description = figure.describe();
    match description.kind {
        ValueKind::Flag => Some(if shown == "1" { "true" } else { "false" }.to_owned()),
        ValueKind::Choice if !shown.is_empty() => {
            let option = description.options.iter().find(|option| option.label.en == shown);
            Some(option.map_or(shown, |option| option.name).to_owned())
        }
        kind => Value::observed(kind, shown).map(|value| value.as_str().to_owned()),
    }
}

/// What vTiger holds for a canonical text.
fn stored(figure: Figure, text: &str) -> String {
    let description = figure.describe();
    match description.kind {
        ValueKind::Flag => if text == "true" { "1" } else { "0" }.to_owned(),
        ValueKind::Choice => {
            let option = description.options.iter().find(|option| option.name == text);
            option.map_or(text, |option| option.label.en).to_owned()
        }
        _ => text.to_owned(),
    }
}

//! A CRM in the words of the domain: the seam that lets one suite of behaviour tests run over every CRM.
//!
//! The mocks stay as different as the vendors are. What tests need of them is [`Vendor`]; what differs is data
//! ([`Vendor::CALLS`], [`Vendor::BLANKS`]). No test asks which vendor it has.

pub(crate) mod cards;
pub(crate) mod faults;
pub(crate) mod hubspot;
pub(crate) mod tasks;
pub(crate) mod vtiger;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sirank::domain::catalogue::Figure;
use sirank::domain::ids::CompanyId;
use sirank::domain::value::Blanks;
use sirank::domain::wake_up::BoardNames;
use sirank::engine::{InputMapping, SetupItem};
use sirank::ports::{Crm, HandWork, InputProperty, QuotaLedger};
use sirank_mocks::faults::Faults;
use sirank_mocks::journal::{RequestEntry, Stats};

use self::faults::Row;

/// The day on which the companies of small accounts were made: 2025-01-01T00:00:00Z.
pub(crate) const LONG_AGO: i64 = 1_735_689_600_000;

/// An account to begin with, without sirank's own properties.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    pub(crate) companies: Vec<Company>,
    pub(crate) pipelines: Vec<&'static str>,
    pub(crate) deals: Vec<Deal>,
    /// Deals of no company that were won in the first pipeline.
    pub(crate) won_deals: usize,
}

/// A company of an account. It has the account's only owner.
#[derive(Clone, Debug, Default)]
pub(crate) struct Company {
    pub(crate) name: String,
    pub(crate) vat_number: String,
    pub(crate) potential: String,
    pub(crate) category: String,
}

/// An open deal of a company: its place in the account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deal {
    pub(crate) company: usize,
    pub(crate) pipeline: &'static str,
}

/// How a connector is built.
pub(crate) struct Connection<'a> {
    pub(crate) ledger: Arc<dyn QuotaLedger>,
    /// How long it waits for an answer.
    pub(crate) timeout: Duration,
    /// How long it bears with a server that tells to wait.
    pub(crate) budget: Duration,
    /// Where what people fill in is read from.
    pub(crate) inputs: &'a [InputMapping],
    /// What the Wake Up pipeline is called.
    pub(crate) wake_up: Option<&'a BoardNames>,
}

/// What a person changes in a company.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entry {
    Name,
    Input(InputProperty),
    Figure(Figure),
}

/// What an administrator spoils in the property of a figure.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Damage {
    /// It holds text.
    Text,
    /// The API may not write it.
    ReadOnly,
    /// It lacks an option, and has one of the administrator's own.
    Option { lost: &'static str, own: &'static str },
}

/// What the vendor's requests are called in the mock's journal and script of faults.
pub(crate) struct Calls {
    /// Reads of a backfill, without the look-up.
    pub(crate) reads: &'static [&'static str],
    /// A page of companies.
    pub(crate) page: &'static str,
    /// Companies as they are now.
    pub(crate) look_up: &'static str,
    /// A write of companies.
    pub(crate) write: &'static str,
}

/// The values of sirank's figures, by company; properties that cannot be told from empty ones are left out.
pub(crate) type Written = BTreeMap<(CompanyId, Figure), String>;

/// A mock CRM that can be looked into, and that people work in.
pub(crate) trait Vendor: Sized + 'static {
    /// What its requests are called.
    const CALLS: Calls;
    /// What its properties hold where no value is.
    const BLANKS: Blanks;
    /// How many companies one call writes.
    const COMPANIES_PER_WRITE: usize;
    /// A credential that must never be seen again.
    const SECRET: &'static str;
    /// The section of the configuration that is about it.
    const SECTION: &'static str;
    /// Where a run that meets an account without sirank's properties says so.
    const NOT_SET_UP: &'static str;

    /// Starts a server with an account.
    async fn start(account: &Account) -> Self;
    /// Starts a server with the first of the 301 companies of the customer matrix.
    async fn cluster301(most: usize) -> Self;
    /// Starts another server with what this one holds.
    async fn twin(&self) -> Self;
    /// Starts another server with what this one holds, which is another account.
    async fn of_another_account(&self) -> Self;
    /// The connector.
    fn connect(&self, how: &Connection<'_>) -> Box<dyn Crm>;
    /// Where something that people fill in is read from.
    fn input(input: InputProperty) -> InputMapping;
    /// The part of a configuration file that is about this CRM.
    fn configuration(&self) -> String;
    /// Configuration that allows so many calls at once.
    fn calls_at_once(calls: usize) -> String;

    /// The company whose property of a key or a name holds a text.
    fn find(&self, entry: Entry, text: &str) -> Option<CompanyId>;
    /// A figure of a company as canonical text.
    fn figure(&self, company: &CompanyId, figure: Figure) -> Option<String>;
    /// All companies.
    fn companies(&self) -> Vec<CompanyId>;
    /// What a survey calls the property of a figure.
    fn property(&self, figure: Figure) -> String;
    /// How many properties companies have.
    fn property_count(&self) -> usize;
    /// The options of the property of a figure.
    fn options_of(&self, figure: Figure) -> Vec<String>;

    /// A person changes a company; an empty text clears.
    fn person_edits(&self, company: &CompanyId, entry: Entry, text: &str);
    /// A person makes a company.
    fn person_creates(&self, company: &Company) -> CompanyId;
    /// A person deletes a company.
    fn person_deletes(&self, company: &CompanyId);
    /// A person merges a company into another one.
    fn person_merges(&self, winner: &CompanyId, loser: &CompanyId);
    /// A person speaks to a company, at an instant as in `2013-12-10T22:30:00Z`.
    fn person_contacts(&self, company: &CompanyId, instant: &str);
    /// A person opens a deal.
    fn person_opens_deal(&self, company: &CompanyId, pipeline: &str);
    /// A person closes every deal of a pipeline as lost.
    fn person_closes_deals(&self, pipeline: &str);
    /// Every owner leaves.
    fn owners_leave(&self);
    /// Administrators do what `setup` leaves to them.
    fn administrators_do(&self, work: &[(SetupItem, HandWork)]);
    /// An administrator spoils the property of a figure.
    fn administrator_spoils(&self, figure: Figure, damage: Damage);
    /// From now on the server refuses writes of a company; returns the code and a word of the message.
    fn refuses(&self, company: &CompanyId) -> (&'static str, &'static str);
    /// A person does away with the reason.
    fn person_mends(&self, company: &CompanyId);

    /// Faults of this vendor alone.
    fn own_faults() -> Vec<Row>;
    /// Changes the script of faults.
    fn faults<T>(&self, change: impl FnOnce(&mut Faults) -> T) -> T;
    /// From now on the credentials are refused.
    fn revoke_credentials(&self);
    /// Credentials that were revoked, or that a fault took away, work again.
    fn renew_credentials(&self);
    /// Real time that every answer takes from now on.
    fn set_latency(&self, latency: Duration);

    /// All requests so far.
    fn requests(&self) -> Vec<RequestEntry>;
    /// The counters.
    fn stats(&self) -> Stats;
    /// What tells each page of companies that was delivered so far from all others.
    fn pages_delivered(&self) -> Vec<String>;
    /// Companies as the API wrote them so far, one entry for each company and write.
    fn companies_written(&self) -> Vec<CompanyId>;
    /// What the API wrote that it should not have: anything but sirank's figures, or values that were there already.
    fn misplaced_writes(&self) -> Vec<String>;
    /// Whether all requests so far only read, and logged in.
    fn was_only_read(&self) -> bool;
    /// Forgets requests and writes, not the account.
    fn forget(&self);

    /// Where most of what people fill in is read from.
    fn inputs() -> Vec<InputMapping> {
        use InputProperty::{Category, DAndP, Potential, VatNumber};
        [Potential, Category, VatNumber, DAndP].map(Self::input).to_vec()
    }

    /// Every value of sirank's figures.
    fn written(&self) -> Written {
        let mut written = Written::new();
        for company in self.companies() {
            for figure in Figure::ALL {
                let value = self.figure(&company, figure);
                let blank = value.as_deref().is_none_or(|text| is_blank::<Self>(figure, text));
                written.extend(value.filter(|_| !blank).map(|value| ((company.clone(), figure), value)));
            }
        }
        written
    }

    /// Companies that the API wrote more than once, with the number of writes.
    fn written_twice(&self) -> BTreeMap<CompanyId, usize> {
        let mut counts = BTreeMap::new();
        for company in self.companies_written() {
            *counts.entry(company).or_default() += 1;
        }
        counts.retain(|_, count| *count > 1);
        counts
    }
}

/// Whether a property of a vendor that holds a text cannot be told from an empty one.
pub(crate) fn is_blank<V: Vendor>(figure: Figure, text: &str) -> bool {
    use sirank::domain::value::Value;
    let kind = figure.describe().kind;
    V::BLANKS.is_blank(kind, Value::observed(kind, text).as_ref())
}

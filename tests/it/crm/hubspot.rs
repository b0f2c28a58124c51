//! The HubSpot mock in the words of the domain.

use std::time::Duration;

use sirank::connectors::hubspot::{HubSpot as Connector, Mapping};
use sirank::domain::catalogue::Figure;
use sirank::domain::ids::CompanyId;
use sirank::domain::value::Blanks;
use sirank::engine::{InputMapping, SetupItem};
use sirank::ports::{Crm, HandWork, InputProperty};
use sirank_mocks::faults::{Action, Faults};
use sirank_mocks::hubspot::{Choice, HubSpot, Kind, Need, Pipeline, Portal, Property, Record, Rule, Token};
use sirank_mocks::journal::{Actor, RequestEntry, Stats};
use sirank_mocks::seed;

use super::faults::{Ends, Row, TOO_LONG, status};
use super::{Account, Calls, Company, Connection, Damage, Entry, LONG_AGO, Vendor};
use crate::hubspot_support::{TOKEN, config, number, start};

const PREFIX: &str = "sirank_";
/// What the refused company lacks.
const REQUIRED: &str = "industry";

impl Vendor for HubSpot {
    const CALLS: Calls = Calls {
        reads: &[
            "account",
            "properties",
            "pipelines",
            "owners",
            "limits",
            "list",
            "search",
            "associations_read",
        ],
        page: "list",
        look_up: "batch_read",
        write: "batch_update",
    };
    const BLANKS: Blanks = Blanks::Empty;
    const COMPANIES_PER_WRITE: usize = 100;
    const SECRET: &'static str = TOKEN;
    const SECTION: &'static str = "hubspot";
    const NOT_SET_UP: &'static str = "properties of companies";

    async fn start(account: &Account) -> Self {
        start(portal(account)).await
    }

    async fn cluster301(most: usize) -> Self {
        let mut portal = seed::cluster301().unwrap();
        let beyond: Vec<u64> = portal.space(Kind::Company).records.keys().skip(most).copied().collect();
        for company in beyond {
            portal.archive(Kind::Company, company, LONG_AGO);
        }
        start(portal).await
    }

    async fn twin(&self) -> Self {
        start(self.portal(Portal::clone)).await
    }

    async fn of_another_account(&self) -> Self {
        let mut portal = self.portal(Portal::clone);
        portal.account.portal_id += 1;
        start(portal).await
    }

    fn connect(&self, how: &Connection<'_>) -> Box<dyn Crm> {
        let mut config = config(&self.base_url());
        config.ledger = how.ledger.clone();
        config.wake_up = how.wake_up.cloned();
        config.client.request_timeout = how.timeout;
        config.client.max_body_bytes = 1 << 20;
        config.policy.budget = how.budget;
        let property = |input| {
            how.inputs.iter().find(|mapping| mapping.input == input).map(|mapping| mapping.property.clone())
        };
        config.mapping = Mapping {
            potential: property(InputProperty::Potential),
            d_and_p: property(InputProperty::DAndP),
            category: property(InputProperty::Category),
            vat_number: property(InputProperty::VatNumber),
            tax_code: property(InputProperty::TaxCode),
            accounting_id: property(InputProperty::AccountingId),
            ..Mapping::default()
        };
        Box::new(Connector::new(config).unwrap())
    }

    fn input(input: InputProperty) -> InputMapping {
        InputMapping { input, property: input_property(input).to_owned(), configured: true }
    }

    fn configuration(&self) -> String {
        format!(
            r#"[hubspot]
base_url = "{}"
token = "{TOKEN}"

[company]
potential = "potential"
d_and_p = "d_and_p"
category = "customer_category"
vat_number = "vat_number"
"#,
            self.base_url()
        )
    }

    fn calls_at_once(calls: usize) -> String {
        format!("[hubspot]\nconcurrency = {calls}\n")
    }

    fn find(&self, entry: Entry, text: &str) -> Option<CompanyId> {
        let property = property_of(entry);
        self.portal(|portal| {
            let mut records = portal.space(Kind::Company).records.values();
            Some(id(records.find(|record| record.props.get(&property) == Some(text))?))
        })
    }

    fn figure(&self, company: &CompanyId, figure: Figure) -> Option<String> {
        self.value(Kind::Company, number(company), &figure.property_name(PREFIX))
    }

    fn companies(&self) -> Vec<CompanyId> {
        self.portal(|portal| portal.space(Kind::Company).records.values().map(id).collect())
    }

    fn property(&self, figure: Figure) -> String {
        figure.property_name(PREFIX)
    }

    fn property_count(&self) -> usize {
        self.portal(|portal| portal.space(Kind::Company).schema.properties.len())
    }

    fn options_of(&self, figure: Figure) -> Vec<String> {
        self.portal(|portal| {
            let property =
                &portal.space(Kind::Company).schema.properties[figure.property_name(PREFIX).as_str()];
            property.options.iter().map(|option| option.value.clone()).collect()
        })
    }

    fn person_edits(&self, company: &CompanyId, entry: Entry, text: &str) {
        let property = property_of(entry);
        assert!(HubSpot::person_edits(self, Kind::Company, number(company), &[(&property, text)]));
    }

    fn person_creates(&self, company: &Company) -> CompanyId {
        let now = self.clock().now_ms();
        let number = self.change(|portal| add_company(portal, now, company));
        CompanyId::from(number.to_string().as_str())
    }

    fn person_deletes(&self, company: &CompanyId) {
        assert!(self.person_archives(Kind::Company, number(company)));
    }

    fn person_merges(&self, winner: &CompanyId, loser: &CompanyId) {
        assert!(HubSpot::person_merges(self, Kind::Company, number(winner), number(loser)));
    }

    fn person_contacts(&self, company: &CompanyId, instant: &str) {
        let contact = [("notes_last_contacted", instant)];
        assert!(HubSpot::person_edits(self, Kind::Company, number(company), &contact));
    }

    fn person_opens_deal(&self, company: &CompanyId, pipeline: &str) {
        let now = self.clock().now_ms();
        self.change(|portal| {
            deal_of(portal, now, &[number(company)], pipeline, &format!("{pipeline}_new"));
        });
    }

    fn person_closes_deals(&self, pipeline: &str) {
        let deals: Vec<u64> = self.portal(|portal| {
            let inside = |deal: &&Record| deal.props.get("pipeline") == Some(pipeline);
            portal.space(Kind::Deal).records.values().filter(inside).map(|deal| deal.id).collect()
        });
        let stage = format!("{pipeline}_lost");
        for deal in deals {
            assert!(HubSpot::person_edits(self, Kind::Deal, deal, &[("dealstage", &stage)]));
        }
    }

    fn owners_leave(&self) {
        self.change(|portal| portal.owners.iter_mut().for_each(|owner| owner.archived = true));
    }

    fn administrators_do(&self, work: &[(SetupItem, HandWork)]) {
        assert!(work.is_empty(), "the API creates everything: {work:?}");
    }

    fn administrator_spoils(&self, figure: Figure, damage: Damage) {
        let name = figure.property_name(PREFIX);
        let mut property =
            self.portal(|portal| portal.space(Kind::Company).schema.properties[name.as_str()].clone());
        match damage {
            Damage::Text => property = Property::text(&name),
            Damage::ReadOnly => property.read_only = true,
            Damage::Option { lost, own } => {
                property.options.retain(|option| option.value != lost);
                property.options.push(Choice::new(own, own, 9));
            }
        }
        self.change(|portal| portal.add_property(Kind::Company, property));
    }

    /// An administrator requires a property of companies with the name of this one.
    fn refuses(&self, company: &CompanyId) -> (&'static str, &'static str) {
        let value = self.value(Kind::Company, number(company), "name").unwrap();
        let rule = Rule {
            kind: Kind::Company,
            property: REQUIRED.to_owned(),
            need: Need::When { property: "name".to_owned(), value },
        };
        self.change(|portal| portal.rules.push(rule));
        ("MISSING_CONDITIONAL_REQUIRED_PROPERTY", REQUIRED)
    }

    fn person_mends(&self, company: &CompanyId) {
        assert!(HubSpot::person_edits(self, Kind::Company, number(company), &[(REQUIRED, "RETAIL")]));
    }

    fn own_faults() -> Vec<Row> {
        let mut rows = vec![
            Row::before(Action::ExpireToken, Ends::FORBIDDEN),
            Row { harmless_at: &["account", "limits"], ..Row::before(status(403, None), Ends::FORBIDDEN) },
        ];
        // Locked, and migrating.
        for code in [423, 477] {
            rows.push(Row::before(status(code, Some(0)), Ends::PASSING));
            rows.push(Row::before(status(code, TOO_LONG), Ends::LASTING));
        }
        rows
    }

    fn faults<T>(&self, change: impl FnOnce(&mut Faults) -> T) -> T {
        HubSpot::faults(self, change)
    }

    fn revoke_credentials(&self) {
        self.expire_token(TOKEN);
    }

    fn renew_credentials(&self) {
        self.set_token(TOKEN, Token::all());
    }

    fn set_latency(&self, latency: Duration) {
        HubSpot::set_latency(self, latency);
    }

    fn requests(&self) -> Vec<RequestEntry> {
        HubSpot::requests(self)
    }

    fn stats(&self) -> Stats {
        HubSpot::stats(self)
    }

    fn pages_delivered(&self) -> Vec<String> {
        let page = |request: &RequestEntry| {
            request.kind == "list" && request.target.contains("/companies") && request.status == 200
        };
        HubSpot::requests(self).into_iter().filter(page).map(|request| request.target).collect()
    }

    fn companies_written(&self) -> Vec<CompanyId> {
        let writes = self.writes();
        let own = writes.all().iter().filter(|write| write.by == Actor::Api && write.object == "companies");
        own.map(|write| CompanyId::from(write.id.as_str())).collect()
    }

    fn misplaced_writes(&self) -> Vec<String> {
        let writes = self.writes();
        let own = writes.all().iter().filter(|write| write.by == Actor::Api);
        let misplaced = own.filter(|write| {
            (write.object.as_str(), write.action.as_str()) != ("companies", "update")
                || write.properties.keys().any(|name| !name.starts_with(PREFIX))
                || write.changed.is_empty()
        });
        misplaced.map(|write| format!("{write:?}")).collect()
    }

    fn was_only_read(&self) -> bool {
        // A batch update of nothing, with which `check` asks for the permission, is no write.
        let only_read = |kind: &str| !matches!(kind, "properties_write" | "update" | "create");
        self.writes().all().is_empty()
            && HubSpot::requests(self).iter().all(|request| only_read(&request.kind))
    }

    fn forget(&self) {
        HubSpot::forget(self);
    }
}

/// The portal of an account.
pub(crate) fn portal(account: &Account) -> Portal {
    let mut portal = Portal::new();
    for input in InputProperty::ALL {
        portal.add_property(Kind::Company, Property::text(input_property(input)));
    }
    portal.add_owner(7, "giulia@esempio.it", false);
    for name in &account.pipelines {
        portal.add_pipeline(Pipeline::plain(name, name));
    }
    let mut ids = Vec::new();
    for company in &account.companies {
        ids.push(add_company(&mut portal, LONG_AGO, company));
    }
    for open in &account.deals {
        deal(&mut portal, &[ids[open.company]], open.pipeline, &format!("{}_new", open.pipeline));
    }
    for _ in 0..account.won_deals {
        let pipeline = account.pipelines[0];
        deal(&mut portal, &[], pipeline, &format!("{pipeline}_won"));
    }
    portal
}

fn add_company(portal: &mut Portal, at_ms: i64, company: &Company) -> u64 {
    let values = [
        ("name", company.name.as_str()),
        ("vat_number", &company.vat_number),
        ("potential", &company.potential),
        ("customer_category", &company.category),
        ("hubspot_owner_id", "7"),
    ];
    portal.add(Kind::Company, at_ms, &values)
}

/// A deal of some companies.
pub(crate) fn deal(portal: &mut Portal, companies: &[u64], pipeline: &str, stage: &str) -> u64 {
    deal_of(portal, LONG_AGO, companies, pipeline, stage)
}

fn deal_of(portal: &mut Portal, at_ms: i64, companies: &[u64], pipeline: &str, stage: &str) -> u64 {
    let deal = portal.add(Kind::Deal, at_ms, &[("pipeline", pipeline), ("dealstage", stage)]);
    for company in companies {
        portal.associate((Kind::Deal, deal), (Kind::Company, *company));
    }
    deal
}

fn id(record: &Record) -> CompanyId {
    CompanyId::from(record.id.to_string().as_str())
}

const fn input_property(input: InputProperty) -> &'static str {
    match input {
        InputProperty::Category => "customer_category",
        other => other.key(),
    }
}

fn property_of(entry: Entry) -> String {
    match entry {
        Entry::Name => "name".to_owned(),
        Entry::Input(input) => input_property(input).to_owned(),
        Entry::Figure(figure) => figure.property_name(PREFIX),
    }
}

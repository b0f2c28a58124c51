//! What people do meanwhile, on both sides. What they choose from is theirs, so the same numbers make the same month
//! whatever sirank does, and whenever.

use chrono::{DateTime, Days, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use sirank::domain::catalogue::Figure;
use sirank_mocks::fattureincloud::NewDocument;
use sirank_mocks::hubspot::Kind;
use sirank_mocks::seed;

use super::world::{PIPELINES, World, party};

/// Fewer companies than this are not deleted or merged any more.
const FEWEST: usize = 45;
/// VAT numbers of new companies begin here.
const NEW: u64 = 5_000;

/// Somebody at work at a moment of the plan, which the clock may be ahead of.
pub(super) struct People<'a> {
    pub(super) world: &'a World,
    pub(super) moment: DateTime<Utc>,
    pub(super) random: fastrand::Rng,
}

impl People<'_> {
    /// So many changes.
    pub(super) fn work(&mut self, changes: usize) {
        for _ in 0..changes {
            match self.random.u8(0..100) {
                0..6 => self.opens_a_company(),
                6..12 => self.edits("name", &["Azienda Uno S.p.A.", "Azienda Due S.r.l.", "Azienda Tre"]),
                12..22 => self.edits("potential", &["high", "low", "lost", ""]),
                22..28 => self.edits("customer_category", &["", "INDUSTRIA", "PA"]),
                28..31 => self.edits("d_and_p", &["true", "false", ""]),
                31..34 => self.edits("hubspot_owner_id", &["7", ""]),
                34..38 => self.calls_a_customer(),
                38..40 => self.deletes_a_company(),
                40..43 => self.merges_companies(),
                43..46 => self.changes_a_key(),
                46..54 => self.opens_a_deal(),
                54..60 => self.moves_a_deal(),
                60..65 => self.gives_a_deal_to_another_company(),
                65..80 => self.issues_a_document(),
                80..86 => self.edits_a_document(),
                86..89 => self.deletes_a_document(),
                _ => self.edits_a_figure(),
            }
        }
    }

    fn companies(&self) -> Vec<u64> {
        self.world.hub.portal(|portal| portal.space(Kind::Company).records.keys().copied().collect())
    }

    fn company(&mut self) -> u64 {
        let companies = self.companies();
        companies[self.random.usize(0..companies.len())]
    }

    fn deal(&mut self) -> Option<u64> {
        let deals: Vec<u64> =
            self.world.hub.portal(|portal| portal.space(Kind::Deal).records.keys().copied().collect());
        self.random.choice(deals)
    }

    fn document(&mut self) -> Option<u64> {
        let documents: Vec<u64> =
            self.world.books.companies(|companies| companies[0].documents.keys().copied().collect());
        self.random.choice(documents)
    }

    /// The VAT number of a company, or of nobody.
    fn some_vat_number(&mut self) -> String {
        if self.random.u8(0..12) == 0 {
            return seed::vat_number(90_000 + self.random.u64(0..50));
        }
        let company = self.company();
        self.world.hub.value(Kind::Company, company, "vat_number").unwrap_or_default()
    }

    fn edit(&self, kind: Kind, id: u64, values: &[(&str, &str)]) {
        assert!(self.world.hub.person_edits(kind, id, values));
    }

    fn edits(&mut self, property: &str, values: &[&str]) {
        let company = self.company();
        let value = self.random.choice(values).unwrap();
        self.edit(Kind::Company, company, &[(property, value)]);
    }

    fn opens_a_company(&mut self) {
        let vat_number = seed::vat_number(NEW + self.random.u64(0..10_000));
        let values = [("name", "Azienda nuova S.r.l."), ("hubspot_owner_id", "7"), ("potential", "low")];
        let moment = self.moment.timestamp_millis();
        let company = self.world.hub.change(|portal| portal.add(Kind::Company, moment, &values));
        // What was made just now is found as late as what was changed just now.
        self.edit(Kind::Company, company, &[("vat_number", &vat_number)]);
        if self.random.bool() {
            self.issues(&vat_number);
        }
    }

    fn calls_a_customer(&mut self) {
        let company = self.company();
        let instant = self.moment.to_rfc3339();
        self.edit(Kind::Company, company, &[("notes_last_contacted", &instant)]);
    }

    fn deletes_a_company(&mut self) {
        if self.companies().len() > FEWEST {
            let company = self.company();
            assert!(self.world.hub.person_archives(Kind::Company, company));
        }
    }

    fn merges_companies(&mut self) {
        let (winner, loser) = (self.company(), self.company());
        if winner != loser && self.companies().len() > FEWEST {
            assert!(self.world.hub.person_merges(Kind::Company, winner, loser));
        }
    }

    /// Forgets the VAT number, or gives the company that of another one, or one that is right again.
    fn changes_a_key(&mut self) {
        let (company, other) = (self.company(), self.company());
        let taken = self.world.hub.value(Kind::Company, other, "vat_number").unwrap_or_default();
        let own = seed::vat_number(self.random.u64(1..=60));
        let value = self.random.choice([String::new(), taken, own.clone(), own]).unwrap();
        self.edit(Kind::Company, company, &[("vat_number", &value)]);
    }

    fn opens_a_deal(&mut self) {
        let (company, pipeline) = (self.company(), self.random.choice(PIPELINES).unwrap());
        let stage = format!("{pipeline}_new");
        let deal =
            self.world.hub.change(|portal| crate::crm::hubspot::deal(portal, &[company], pipeline, &stage));
        self.edit(Kind::Deal, deal, &[("dealname", "Fornitura")]);
    }

    fn moves_a_deal(&mut self) {
        let Some(deal) = self.deal() else { return };
        let pipeline = self.random.choice(PIPELINES).unwrap();
        let stage = format!("{pipeline}_{}", self.random.choice(["new", "offer", "won", "lost"]).unwrap());
        self.edit(Kind::Deal, deal, &[("pipeline", pipeline), ("dealstage", &stage)]);
    }

    fn gives_a_deal_to_another_company(&mut self) {
        let Some(deal) = self.deal() else { return };
        let company = self.company();
        self.world.hub.change(|portal| {
            let former: Vec<u64> =
                portal.links.of(Kind::Deal, deal, Kind::Company).iter().map(|link| link.to).collect();
            for former in former {
                portal.links.remove((Kind::Deal, deal), (Kind::Company, former));
            }
            portal.associate((Kind::Deal, deal), (Kind::Company, company));
        });
    }

    fn issues_a_document(&mut self) {
        let vat_number = self.some_vat_number();
        self.issues(&vat_number);
    }

    /// Issues a document of today, or of a day long past.
    fn issues(&mut self, vat_number: &str) {
        let days_back = if self.random.u8(0..4) == 0 { self.random.u64(1..500) } else { 0 };
        let date = World::day(self.moment - Days::new(days_back));
        let kind = if self.random.u8(0..6) == 0 { "credit_note" } else { "invoice" };
        let net = Decimal::new(self.random.i64(500..1_500_000), 2);
        let new = NewDocument { kind, date: &date, net, entity: party(vat_number), subject: "" };
        let id = self.world.books.companies(|companies| companies[0].add_document(1, &new));
        // It was made just now, whatever date it has.
        assert!(self.world.books.person_edits(seed::COMPANY_ID, id, &Map::new()));
    }

    fn edits_a_document(&mut self) {
        let Some(document) = self.document() else { return };
        let back = self.random.i64(0..300);
        let (name, value): (&str, Value) = match self.random.u8(0..4) {
            0 => ("date", json!(World::day(self.moment - TimeDelta::days(back)))),
            1 => ("ei_status", json!("discarded")),
            2 => ("entity", party(&self.some_vat_number())),
            _ => ("amount_net", json!(back * 25)),
        };
        let fields = Map::from_iter([(name.to_owned(), value)]);
        assert!(self.world.books.person_edits(seed::COMPANY_ID, document, &fields));
    }

    fn deletes_a_document(&mut self) {
        let Some(document) = self.document() else { return };
        assert!(self.world.books.person_deletes(seed::COMPANY_ID, document));
    }

    /// Puts a figure of sirank's to what it cannot be.
    fn edits_a_figure(&mut self) {
        let company = self.company();
        let (figure, value) =
            self.random.choice([(Figure::Score, "101"), (Figure::Action, ""), (Figure::Ltv, "-1")]).unwrap();
        self.edit(Kind::Company, company, &[(&figure.property_name("sirank_"), value)]);
    }
}

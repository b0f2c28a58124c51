//! Cards of the Wake Up pipeline in the mocks, in the words of the domain: as people see and move them.

use std::time::Duration;

use sirank::domain::ids::CompanyId;
use sirank::domain::wake_up::{CardField, StageRole};
use sirank_mocks::hubspot::{HubSpot, Kind};

use super::Vendor;
use super::vtiger::{PIPELINE, POTENTIALS, VTiger};
use crate::hubspot_support::number;

pub(super) const BOARD: &str = "Wake Up";

/// A card as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) id: String,
    pub(crate) company: Option<CompanyId>,
    /// None: a stage that is none of the pipeline's own.
    pub(crate) stage: Option<StageRole>,
    pub(crate) key: String,
    pub(crate) reason: String,
    pub(crate) lost_revenue: String,
    pub(crate) reactivated_by: String,
    pub(crate) amount: String,
}

impl Seen {
    pub(crate) fn is_open(&self) -> bool {
        !self.stage.is_some_and(StageRole::is_closed)
    }
}

/// A mock with cards that people work on.
pub(crate) trait CardVendor: Vendor {
    /// What a call that makes cards is called.
    const CREATE: &'static str;
    /// How many cards one such call makes.
    const PER_CALL: usize;

    /// All cards, by their id.
    fn cards(&self) -> Vec<Seen>;
    /// A person puts a card into a stage.
    fn person_puts_card(&self, card: &str, stage: StageRole);
    /// A person makes a card for a company.
    fn person_makes_card(&self, company: &CompanyId, stage: StageRole) -> String;
    /// A person deletes a card.
    fn person_deletes_card(&self, card: &str);
    /// The other one's cards move to the winner with everything else.
    fn person_merges_with_cards(&self, winner: &CompanyId, loser: &CompanyId);
    /// The present moment of the server.
    fn instant(&self) -> String;
    /// Time passes at the server.
    fn passes(&self, time: Duration);
}

fn role(label: &str) -> Option<StageRole> {
    StageRole::ALL.into_iter().find(|role| role.label().en == label)
}

impl CardVendor for HubSpot {
    const CREATE: &'static str = "batch_create";
    const PER_CALL: usize = 100;

    fn cards(&self) -> Vec<Seen> {
        self.portal(|portal| {
            let Some(board) = portal.pipelines.iter().find(|pipeline| pipeline.label == BOARD) else {
                return Vec::new();
            };
            let inside = portal.space(Kind::Deal).records.values();
            let inside = inside.filter(|deal| deal.props.get("pipeline") == Some(board.id.as_str()));
            inside
                .map(|deal| {
                    let text = |name: &str| deal.props.get(name).unwrap_or_default().to_owned();
                    let own = |field: CardField| text(&format!("sirank_{}", field.name()));
                    let company = portal.links.of(Kind::Deal, deal.id, Kind::Company).first();
                    Seen {
                        id: deal.id.to_string(),
                        company: company.map(|link| CompanyId::from(link.to.to_string().as_str())),
                        stage: board.stage(&text("dealstage")).and_then(|stage| role(&stage.label)),
                        key: own(CardField::Key),
                        reason: own(CardField::Reason),
                        lost_revenue: own(CardField::LostRevenue),
                        reactivated_by: own(CardField::ReactivatedBy),
                        amount: text("amount"),
                    }
                })
                .collect()
        })
    }

    fn person_puts_card(&self, card: &str, stage: StageRole) {
        let stage = stage_id(self, stage);
        assert!(HubSpot::person_edits(self, Kind::Deal, card.parse().unwrap(), &[("dealstage", &stage)]));
    }

    fn person_makes_card(&self, company: &CompanyId, stage: StageRole) -> String {
        let (stage, now) = (stage_id(self, stage), self.clock().now_ms());
        self.change(|portal| {
            let board = portal.pipelines.iter().find(|pipeline| pipeline.label == BOARD).unwrap().id.clone();
            let values =
                [("dealname", "Scheda"), ("pipeline", board.as_str()), ("dealstage", stage.as_str())];
            let deal = portal.add(Kind::Deal, now, &values);
            portal.associate((Kind::Deal, deal), (Kind::Company, number(company)));
            deal.to_string()
        })
    }

    fn person_deletes_card(&self, card: &str) {
        assert!(self.person_archives(Kind::Deal, card.parse().unwrap()));
    }

    fn person_merges_with_cards(&self, winner: &CompanyId, loser: &CompanyId) {
        Vendor::person_merges(self, winner, loser);
    }

    fn instant(&self) -> String {
        self.clock().now().format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    fn passes(&self, time: Duration) {
        self.clock().advance(time);
    }
}

fn stage_id(hub: &HubSpot, role: StageRole) -> String {
    hub.portal(|portal| {
        let board = portal.pipelines.iter().find(|pipeline| pipeline.label == BOARD).unwrap();
        board.stages.iter().find(|stage| stage.label == role.label().en).unwrap().id.clone()
    })
}

impl CardVendor for VTiger {
    const CREATE: &'static str = "create Potentials";
    const PER_CALL: usize = 1;

    fn cards(&self) -> Vec<Seen> {
        self.crm(|data| {
            let Some(pipeline) = data.field_named(POTENTIALS, PIPELINE).map(str::to_owned) else {
                return Vec::new();
            };
            let inside = data.ids(POTENTIALS).into_iter();
            let inside = inside.filter(|id| data.value(POTENTIALS, *id, &pipeline).as_deref() == Some(BOARD));
            inside
                .map(|id| {
                    let text = |field: &str| data.value(POTENTIALS, id, field).unwrap_or_default();
                    let own = |field: CardField| {
                        data.field_named(POTENTIALS, field.label().en).map(text).unwrap_or_default()
                    };
                    let related = text("related_to");
                    let related = related.rsplit('x').next().unwrap_or_default().to_owned();
                    let there = related.parse::<u64>().ok().filter(|id| *id > 0);
                    Seen {
                        id: id.to_string(),
                        company: there.map(crate::vtiger_support::company),
                        stage: role(&text("sales_stage")),
                        key: own(CardField::Key),
                        reason: own(CardField::Reason),
                        lost_revenue: own(CardField::LostRevenue),
                        reactivated_by: own(CardField::ReactivatedBy),
                        amount: text("amount"),
                    }
                })
                .collect()
        })
    }

    fn person_puts_card(&self, card: &str, stage: StageRole) {
        let values = [("sales_stage", stage.label().en)];
        assert!(sirank_mocks::vtiger::VTiger::person_edits(self, POTENTIALS, card.parse().unwrap(), &values));
    }

    fn person_makes_card(&self, company: &CompanyId, stage: StageRole) -> String {
        let now = self.clock().now_ms();
        self.change(|data| {
            let company = super::vtiger::number(company);
            super::vtiger::deal_at(data, now, Some(company), BOARD, stage.label().en).to_string()
        })
    }

    fn person_deletes_card(&self, card: &str) {
        assert!(sirank_mocks::vtiger::VTiger::person_deletes(self, POTENTIALS, card.parse().unwrap()));
    }

    fn person_merges_with_cards(&self, winner: &CompanyId, loser: &CompanyId) {
        let winner = super::vtiger::number(winner).to_string();
        let cards: Vec<String> = CardVendor::cards(self)
            .into_iter()
            .filter(|card| card.company.as_ref() == Some(loser))
            .map(|card| card.id)
            .collect();
        for card in cards {
            let values = [("related_to", winner.as_str())];
            assert!(sirank_mocks::vtiger::VTiger::person_edits(
                self,
                POTENTIALS,
                card.parse().unwrap(),
                &values
            ));
        }
        Vendor::person_deletes(self, loser);
    }

    fn instant(&self) -> String {
        self.clock().now().format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    fn passes(&self, time: Duration) {
        self.clock().advance(time);
    }
}

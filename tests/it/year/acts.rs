//! What people do in the year, and what happens to customers: done in the CRM and noted in the cast.

use std::time::Duration;

use chrono::{SecondsFormat, TimeDelta};
use rust_decimal::Decimal;
use sirank::domain::wake_up::StageRole;
use sirank::ports::InputProperty;

use super::cast::EXCLUDED;
use super::vendor::YearVendor;
use super::world::World;
use crate::crm::Entry;

/// What somebody does, or what happens to a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// It buys.
    Buys,
    /// An invoice of so many days ago turns up.
    BoughtDaysAgo(i64),
    /// Somebody calls it.
    IsCalled,
    OpensDeal(&'static str),
    /// Every deal of a pipeline is closed as lost.
    DealsClose(&'static str),
    /// Its category becomes an excluded one, or another.
    IsExcluded(bool),
    /// Its potential becomes lost, or high.
    IsLost(bool),
    /// Somebody puts its card into a stage.
    CardGoesTo(StageRole),
    /// Somebody puts its card, which is closed, into a stage.
    CardIsReopenedIn(StageRole),
    /// Somebody makes a card for it.
    GetsOwnCard(StageRole),
    /// Somebody deletes its card.
    CardIsDeleted,
    /// Somebody deletes the company.
    IsDeleted,
    /// Somebody ticks off the task that sirank made for it.
    TaskIsTicked,
    /// Somebody deletes the task that sirank made for it.
    TaskIsDeleted,
    /// Somebody makes a task of their own for it.
    GetsOwnTask,
    /// Somebody wins a deal.
    WinsDeal,
    /// Its owner is taken away.
    LosesOwner,
    /// An owner is found for it, the one that it had on the first day.
    GetsOwner,
    /// Somebody merges it into another one, which goes on.
    IsMergedInto(&'static str),
}

impl<V: YearVendor> World<V> {
    /// Something happens to a customer, a minute after what happened last.
    pub(super) fn does(&mut self, name: &'static str, act: Act) {
        self.acts += 1;
        self.clock.advance(Duration::from_mins(1));
        let now = self.clock.now();
        let id = self.cast.id(name).unwrap_or_else(|| panic!("{name} is gone before {act:?}")).clone();
        let net = Decimal::from(250 + self.invoices);
        match act {
            Act::Buys => self.buys(name, self.today(), net),
            Act::BoughtDaysAgo(days) => self.buys(name, self.today() - TimeDelta::days(days), net),
            Act::IsCalled => {
                self.crm.person_contacts(&id, &now.to_rfc3339_opts(SecondsFormat::Secs, true));
                self.cast.of(name).last_contact = Some(now);
            }
            Act::OpensDeal(pipeline) => {
                self.crm.person_opens_deal(&id, pipeline);
                self.cast.of(name).deals.push((pipeline, now));
            }
            Act::DealsClose(pipeline) => {
                self.crm.person_closes_deals(pipeline);
                for customer in self.cast.0.values_mut() {
                    customer.deals.retain(|(other, _)| *other != pipeline);
                }
            }
            Act::IsExcluded(excluded) => {
                let category = if excluded { EXCLUDED } else { "" };
                self.crm.person_edits(&id, Entry::Input(InputProperty::Category), category);
                self.cast.of(name).excluded = excluded;
            }
            Act::IsLost(lost) => {
                let potential = if lost { "lost" } else { "high" };
                self.crm.person_edits(&id, Entry::Input(InputProperty::Potential), potential);
                let customer = self.cast.of(name);
                (customer.lost, customer.high) = (lost, !lost);
            }
            Act::CardGoesTo(stage) | Act::CardIsReopenedIn(stage) => {
                let card = self.card_of(name).unwrap_or_else(|| panic!("{name} has no card to be put"));
                assert_eq!(card.is_open(), matches!(act, Act::CardGoesTo(_)), "{name}: {card:?}");
                self.crm.person_puts_card(&card.id, stage);
            }
            Act::GetsOwnCard(stage) => drop(self.crm.person_makes_card(&id, stage)),
            Act::CardIsDeleted => self.crm.person_deletes_card(&self.card_of(name).unwrap().id),
            Act::TaskIsTicked => self.crm.person_ticks(&self.task_of(name).unwrap().id, true),
            Act::TaskIsDeleted => self.crm.person_deletes_task(&self.task_of(name).unwrap().id),
            Act::GetsOwnTask => drop(self.crm.person_makes_task(&id, "Telefonare")),
            Act::WinsDeal => {
                let deal = self.crm.person_wins_deal(&id, self.cast.of(name).owner.clone().as_ref());
                let today = self.today();
                self.cast.of(name).won.push((deal, today));
            }
            Act::LosesOwner => {
                self.crm.person_assigns(&id, None);
                self.cast.of(name).owner = None;
            }
            Act::GetsOwner => {
                let owner = self.cast.0.values().find_map(|customer| customer.owner.clone());
                self.crm.person_assigns(&id, owner.as_ref());
                self.cast.of(name).owner = owner;
            }
            Act::IsDeleted => {
                self.crm.person_deletes(&id);
                self.cast.0.remove(&id);
            }
            Act::IsMergedInto(other) => {
                let winner = self.cast.id(other).unwrap().clone();
                self.crm.person_merges_with_cards(&winner, &id);
                self.cast.0.remove(&id);
            }
        }
    }
}

//! What the year needs of a mock beside cards and tasks: a clock that it shares with sirank, and the owners of companies.

use sirank::domain::ids::CompanyId;
use sirank_mocks::clock::Clock;
use sirank_mocks::hubspot::{HubSpot, Kind};

use crate::crm::tasks::TaskVendor;
use crate::crm::vtiger::{ACCOUNTS, VTiger};
use crate::crm::{Account, hubspot, vtiger};
use crate::hubspot_support::{TOKEN, number};

pub(super) trait YearVendor: TaskVendor {
    /// Whether the deals of a deleted company, cards among them, stay behind.
    const DEALS_OUTLIVE_COMPANIES: bool;

    /// Starts a server with an account, at the time of a clock.
    async fn start_at(account: &Account, clock: Clock) -> Self;
    /// Who a company belongs to.
    fn owner_of(&self, company: &CompanyId) -> Option<String>;
}

impl YearVendor for HubSpot {
    const DEALS_OUTLIVE_COMPANIES: bool = true;

    async fn start_at(account: &Account, clock: Clock) -> Self {
        let portal = hubspot::portal(account);
        HubSpot::builder().token(TOKEN).seed(portal).clock(clock).start().await.unwrap()
    }

    fn owner_of(&self, company: &CompanyId) -> Option<String> {
        self.value(Kind::Company, number(company), "hubspot_owner_id")
    }
}

impl YearVendor for VTiger {
    const DEALS_OUTLIVE_COMPANIES: bool = false;

    async fn start_at(account: &Account, clock: Clock) -> Self {
        Self::at(vtiger::data(account), clock).await
    }

    fn owner_of(&self, company: &CompanyId) -> Option<String> {
        self.value(ACCOUNTS, vtiger::number(company), "assigned_user_id")
    }
}

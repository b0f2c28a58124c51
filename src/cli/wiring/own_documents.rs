//! The CRM, and its own records as sources of documents, over the same connection.

use crate::connectors::csv::CsvCrm;
use crate::connectors::hubspot::{self, HubSpot, HubSpotInvoiceSettings, HubSpotInvoices};
use crate::connectors::vtiger::{self, Vtiger};
use crate::ports::{Crm, InvoiceSource};
use crate::settings::accounting;

use super::CliError;

/// A CRM of which the vendor is still known.
pub(super) enum ConnectedCrm {
    Hubspot(Box<HubSpot>),
    Vtiger(Box<Vtiger>),
    Csv(Box<CsvCrm>),
}

impl ConnectedCrm {
    pub(super) fn into_box(self) -> Box<dyn Crm> {
        match self {
            Self::Hubspot(crm) => crm,
            Self::Vtiger(crm) => crm,
            Self::Csv(crm) => crm,
        }
    }

    pub(super) fn vtiger(&self) -> Option<&Vtiger> {
        match self {
            Self::Vtiger(crm) => Some(crm),
            Self::Hubspot(_) | Self::Csv(_) => None,
        }
    }

    pub(super) fn hubspot_invoices(
        &self,
        settings: accounting::HubspotInvoices,
    ) -> Result<HubSpotInvoices, CliError> {
        let Self::Hubspot(crm) = self else { return Err(not_there(&settings.name)) };
        let invoices = HubSpotInvoiceSettings { amount_property: settings.amount_property };
        Ok(crm.invoices(settings.name.as_str().into(), invoices))
    }

    pub(super) fn won_deals(
        &self,
        settings: accounting::WonDeals,
        wake_up_pipeline: String,
    ) -> Result<Box<dyn InvoiceSource>, CliError> {
        let accounting::WonDeals { name, amount_property, pipelines } = settings;
        match self {
            Self::Hubspot(crm) => {
                let settings = hubspot::WonDealSettings { amount_property, pipelines, wake_up_pipeline };
                Ok(Box::new(crm.won_deals(name.as_str().into(), settings)))
            }
            Self::Vtiger(crm) => {
                let settings =
                    vtiger::WonDealSettings { amount_field: amount_property, pipelines, wake_up_pipeline };
                Ok(Box::new(crm.won_deals(name.as_str().into(), settings)))
            }
            Self::Csv(_) => Err(not_there(&name)),
        }
    }
}

/// The settings are refused before; this is only said where they were not.
fn not_there(name: &str) -> CliError {
    CliError::Machine(format!("the CRM has no such records as the source {name} is read from"))
}

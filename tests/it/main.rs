//! The one integration-test binary.
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod crm;
#[cfg(test)]
mod dolibarr_faults;
#[cfg(test)]
mod dolibarr_reading;
#[cfg(test)]
mod dolibarr_support;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod fatturapa;
#[cfg(test)]
mod fattureincloud_changes;
#[cfg(test)]
mod fattureincloud_faults;
#[cfg(test)]
mod fattureincloud_reading;
#[cfg(test)]
mod fattureincloud_support;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod http_stack;
#[cfg(test)]
mod hubspot_board;
#[cfg(test)]
mod hubspot_cards;
#[cfg(test)]
mod hubspot_changes;
#[cfg(test)]
mod hubspot_deals;
#[cfg(test)]
mod hubspot_documents;
#[cfg(test)]
mod hubspot_faults;
#[cfg(test)]
mod hubspot_reading;
#[cfg(test)]
mod hubspot_schema;
#[cfg(test)]
mod hubspot_support;
#[cfg(test)]
mod hubspot_tasks;
#[cfg(test)]
mod hubspot_writing;
#[cfg(test)]
mod month;
#[cfg(test)]
mod notify;
#[cfg(test)]
mod oauth_tokens;
#[cfg(test)]
mod odoo_reading;
#[cfg(test)]
mod odoo_support;
#[cfg(test)]
mod raw_server;
#[cfg(test)]
mod sql;
#[cfg(test)]
mod vtiger_cards;
#[cfg(test)]
mod vtiger_faults;
#[cfg(test)]
mod vtiger_invoices;
#[cfg(test)]
mod vtiger_reading;
#[cfg(test)]
mod vtiger_support;
#[cfg(test)]
mod vtiger_survey;
#[cfg(test)]
mod vtiger_tasks;
#[cfg(test)]
mod vtiger_won;
#[cfg(test)]
mod vtiger_won_deals;
#[cfg(test)]
mod vtiger_writing;
#[cfg(test)]
mod year;

/// The day that documents are read for, where it is all one.
#[cfg(test)]
fn any_day() -> sirank::domain::time::Day {
    "2026-06-30".parse().unwrap()
}

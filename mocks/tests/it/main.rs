//! The mocks over real HTTP, seen with a plain client.

#[cfg(test)]
mod dolibarr;
#[cfg(test)]
mod fatture;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod http;
#[cfg(test)]
mod hubspot_deals;
#[cfg(test)]
mod hubspot_limits;
#[cfg(test)]
mod hubspot_reads;
#[cfg(test)]
mod hubspot_schema;
#[cfg(test)]
mod hubspot_search;
#[cfg(test)]
mod hubspot_writes;
#[cfg(test)]
mod vtiger;
#[cfg(test)]
mod vtiger_queries;
#[cfg(test)]
mod vtiger_recordings;
#[cfg(test)]
mod vtiger_sessions;
#[cfg(test)]
mod vtiger_writes;

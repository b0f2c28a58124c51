//! ERP systems become sources: one function for each.

use std::sync::Arc;

use secrecy::SecretString;

use crate::clock::now;
use crate::connectors::dolibarr::{CustomerId, Dolibarr, DolibarrConfig};
use crate::connectors::odoo::{Odoo, OdooConfig, Protocol};
use crate::http::StaticToken;
use crate::settings::accounting::{self, DolibarrCustomerId, OdooProtocol};

use super::connectors::unbuildable;
use super::{CliError, Context};

impl Context {
    pub(super) fn dolibarr(
        &self,
        settings: &accounting::Dolibarr,
        key: SecretString,
    ) -> Result<Dolibarr, CliError> {
        let mut client = self.client(&settings.base_url, settings.timeout_seconds);
        client.allow_plain_http = settings.allow_plain_http;
        client.ca_bundle.clone_from(&settings.ca_bundle);
        let config = DolibarrConfig {
            name: settings.name.as_str().into(),
            client,
            tokens: Arc::new(StaticToken::new(key)),
            base_currency: self.currency().to_owned(),
            currency: settings.currency.as_ref().map(ToString::to_string),
            zone: settings.time_zone.map(|zone| zone.0),
            tax_code_field: settings.tax_code_field.clone(),
            customer_id: match settings.customer_id {
                DolibarrCustomerId::Id => CustomerId::Id,
                DolibarrCustomerId::CodeClient => CustomerId::Code,
            },
            deposits_are_payments: settings.deposits_are_payments,
            page: u64::from(settings.page_size),
            policy: self.retry(),
            wall: Arc::new(now),
        };
        Dolibarr::new(config).map_err(|error| unbuildable(&settings.name, &error))
    }

    pub(super) fn odoo(&self, settings: &accounting::Odoo, key: SecretString) -> Result<Odoo, CliError> {
        let mut client = self.client(&settings.base_url, settings.timeout_seconds);
        client.allow_plain_http = settings.allow_plain_http;
        client.ca_bundle.clone_from(&settings.ca_bundle);
        let config = OdooConfig {
            name: settings.name.as_str().into(),
            client,
            tokens: Arc::new(StaticToken::new(key)),
            protocol: match settings.protocol {
                OdooProtocol::Auto => Protocol::Auto,
                OdooProtocol::Json2 => Protocol::Json2,
                OdooProtocol::JsonRpc => Protocol::JsonRpc,
            },
            database: settings.database.clone(),
            username: settings.username.clone(),
            company_id: settings.company_id,
            base_currency: self.currency().to_owned(),
            page: u64::from(settings.page_size),
            calls_per_second: settings.calls_per_second,
            policy: self.retry(),
            wall: Arc::new(now),
        };
        Odoo::new(config).map_err(|error| unbuildable(&settings.name, &error))
    }
}

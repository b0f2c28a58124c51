//! Dolibarr as a source of documents.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::base_url::BaseUrl;
use crate::settings::currency::CurrencyCode;
use crate::settings::problem::Report;
use crate::settings::secret::{Hidden, SecretKind, SecretSource};
use crate::settings::time::Zone;
use crate::settings::tls;

/// A Dolibarr: how it is reached, and what its fields hold.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Dolibarr {
    /// What the source is called, here and in reports; no other source may have the name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Who issued its documents, a VAT number: for telling whether another source holds them too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub seller: Option<String>,
    /// The address that the users open, without /api/index.php.
    pub base_url: BaseUrl,
    /// The API key of a user. Better in a file of its own: `token_file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Hidden>,
    /// A file that holds nothing but the API key: the way for systemd credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub token_file: Option<PathBuf>,
    /// The name of an environment variable that holds the API key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub token_env: Option<String>,
    /// Allows http:// to a host that is not this machine. The API key then crosses the network in clear.
    #[serde(default)]
    pub allow_plain_http: bool,
    /// A PEM file with the certificates to trust instead of the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub ca_bundle: Option<PathBuf>,
    /// Seconds for one call, if other than `http.timeout_seconds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 600))]
    pub timeout_seconds: Option<u32>,
    /// Records in one page.
    #[serde(default = "page_size")]
    #[schemars(range(min = 1, max = 1000))]
    pub page_size: u32,
    /// The time zone of the server. Dates are right without it, unless the server is east of UTC+12.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Zone>,
    /// The currency of the company in Dolibarr, where it is not `currency.base`; its rate is that of `currency.rates`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<CurrencyCode>,
    /// The field of third parties that holds the Italian tax code: `idprof1` to `idprof6`, or `options_` and the code of an
    /// extra field. Without it there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub tax_code_field: Option<String>,
    /// What the CRM knows customers by, as their accounting id.
    #[serde(default)]
    pub customer_id: DolibarrCustomerId,
    /// Whether a deposit invoice is a payment on account of a later one that shows the whole amount, as Dolibarr's option
    /// `FACTURE_DEPOSITS_ARE_JUST_PAYMENTS` has it. Then it does not count. A credit note does, also one
    /// that takes a deposit back.
    #[serde(default)]
    pub deposits_are_payments: bool,
}

/// What customers of Dolibarr are known by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum DolibarrCustomerId {
    /// The id of the third party, which its address in the browser shows.
    #[default]
    Id,
    /// The customer code.
    CodeClient,
}

fn page_size() -> u32 {
    400
}

impl Dolibarr {
    pub(super) fn check(&self, section: &str, report: &mut Report<'_>) {
        self.base_url.check(section, self.allow_plain_http, report);
        if self.base_url.url().path().contains("/api") {
            report.add(
                &format!("{section}.base_url"),
                format!("{} already names the API", self.base_url),
                "Write the address that the users open, without /api/index.php",
            );
        }
        if let Some(field) = &self.tax_code_field
            && !is_tax_code_field(field)
        {
            report.add(
                &format!("{section}.tax_code_field"),
                format!("`{field}` is no field of third parties"),
                "Write one of idprof1 to idprof6, or options_ and the attribute code of an extra field",
            );
        }
        self.secret(section).check(report);
        tls::check_bundle(&format!("{section}.ca_bundle"), self.ca_bundle.as_deref(), report);
    }

    pub(in crate::settings) fn secret<'a>(&'a self, section: &'a str) -> SecretSource<'a> {
        SecretSource {
            section,
            kind: SecretKind::Token,
            inline: self.token.as_ref(),
            file: self.token_file.as_deref(),
            variable: self.token_env.as_deref(),
        }
    }
}

fn is_tax_code_field(field: &str) -> bool {
    matches!(field, "idprof1" | "idprof2" | "idprof3" | "idprof4" | "idprof5" | "idprof6")
        || field.strip_prefix("options_").is_some_and(|code| {
            !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
}

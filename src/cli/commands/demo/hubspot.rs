//! The demo's HubSpot portal.

use std::collections::BTreeMap;

use sirank_mocks::hubspot::{HubSpot, Kind, Limits};
use sirank_mocks::seed;

use super::{Portal, TOKEN, failed};
use crate::cli::error::CliError;
use crate::domain::catalogue::Figure;
use crate::domain::value::Blanks;
use crate::engine::SetupReport;

/// The mock, and the ids of its companies by their ids in the data.
pub(super) struct Played {
    mock: HubSpot,
    ids: BTreeMap<String, u64>,
}

impl Played {
    pub(super) async fn start() -> Result<Self, CliError> {
        let portal = seed::cluster301().map_err(failed("the demo data"))?;
        let mock = HubSpot::builder().token(TOKEN).seed(portal).limits(Limits::professional());
        let mock = mock.start().await.map_err(failed("the mock of HubSpot"))?;
        let ids = mock.portal(|portal| {
            let records = portal.space(Kind::Company).records.values();
            records
                .filter_map(|record| Some((record.props.get("company_ref")?.to_owned(), record.id)))
                .collect()
        });
        Ok(Self { mock, ids })
    }

    pub(super) async fn shutdown(self) {
        self.mock.shutdown().await;
    }
}

impl Portal for Played {
    fn name(&self) -> &'static str {
        "A HubSpot portal"
    }

    fn blanks(&self) -> Blanks {
        Blanks::Empty
    }

    fn config(&self) -> String {
        format!(
            r#"[hubspot]
base_url = "{}"
token = "{TOKEN}"

[company]
potential = "potential"
d_and_p = "d_and_p"
category = "customer_category"
vat_number = "vat_number"
tax_code = "tax_code"
accounting_id = "accounting_id"
"#,
            self.mock.base_url()
        )
    }

    /// The API has created everything.
    fn do_by_hand(&self, _setup: &SetupReport) -> Result<(), CliError> {
        Ok(())
    }

    fn text(&self, company: &str, figure: Figure) -> Option<String> {
        let id = self.ids.get(company).copied()?;
        self.mock.value(Kind::Company, id, &figure.property_name("sirank_"))
    }
}

//! The demo's vTiger.

use std::collections::BTreeMap;

use sirank_mocks::seed;
use sirank_mocks::vtiger::{CustomField, Language, UiType, VTiger};

use super::{Portal, failed};
use crate::cli::error::CliError;
use crate::domain::catalogue::Figure;
use crate::domain::value::{Blanks, ValueKind};
use crate::engine::SetupReport;
use crate::ports::HandWork;

/// What the API calls organizations.
const ORGANIZATIONS: &str = "Accounts";

/// The mock, and the numbers of its organizations by their ids in the data.
pub(super) struct Played {
    mock: VTiger,
    ids: BTreeMap<String, u64>,
}

impl Played {
    pub(super) async fn start() -> Result<Self, CliError> {
        let crm = seed::vtiger_cluster301(&[], Language::English).map_err(failed("the demo data"))?;
        let mock = VTiger::builder().crm(crm).start().await.map_err(failed("the mock of vTiger"))?;
        let label = seed::PeopleField::CompanyRef.label(Language::English);
        let ids = mock.crm(|crm| {
            let field = crm.field_named(ORGANIZATIONS, label).unwrap_or_default();
            let ids = crm.ids(ORGANIZATIONS).into_iter();
            ids.filter_map(|id| Some((crm.value(ORGANIZATIONS, id, field)?, id))).collect()
        });
        Ok(Self { mock, ids })
    }

    pub(super) async fn shutdown(self) {
        self.mock.shutdown().await;
    }
}

impl Portal for Played {
    fn name(&self) -> &'static str {
        "A vTiger CRM"
    }

    fn blanks(&self) -> Blanks {
        Blanks::Zero
    }

    fn config(&self) -> String {
        format!(
            r#"[crm]
kind = "vtiger"

[vtiger]
base_url = "{}"
username = "admin"
token = "{}"
pipeline_field = "{}"
"#,
            self.mock.base_url(),
            seed::ACCESS_KEY,
            seed::PIPELINE_LABEL,
        )
    }

    fn do_by_hand(&self, setup: &SetupReport) -> Result<(), CliError> {
        for (item, work) in &setup.by_hand {
            let field = entered(work).map_err(failed("what setup says of a field"))?;
            let added = self.mock.change(|crm| crm.add_field(ORGANIZATIONS, &field));
            added.map_err(|refusal| CliError::Machine(format!("adding {}: {refusal}", item.property)))?;
        }
        Ok(())
    }

    fn text(&self, company: &str, figure: Figure) -> Option<String> {
        let id = self.ids.get(company).copied()?;
        let label = figure.describe().label.en;
        let field = self.mock.crm(|crm| crm.field_named(ORGANIZATIONS, label).map(str::to_owned))?;
        let text = self.mock.value(ORGANIZATIONS, id, &field)?;
        Some(match figure.describe().kind {
            ValueKind::Flag => (text == "1").to_string(),
            ValueKind::Choice => {
                let mut options = figure.describe().options.iter();
                options.find(|option| option.label.en == text).map_or(text, |option| option.name.to_owned())
            }
            _ => text,
        })
    }
}

/// The field that an administrator gets who enters what `setup` says, no more and no less.
fn entered(work: &HandWork) -> Result<CustomField, String> {
    let mut field = CustomField::new("", UiType::Text);
    for (entry, value) in &work.entries {
        let number = || value.parse().map(Some).map_err(|error| format!("{entry} {value}: {error}"));
        match entry.as_str() {
            "Select Field Type" => {
                let kind = serde_json::Value::String(value.clone());
                field.ui_type =
                    serde_json::from_value(kind).map_err(|error| format!("{entry} {value}: {error}"))?;
            }
            "Label Name" => field.label.clone_from(value),
            "Length" => field.length = number()?,
            "Decimal Places" => field.decimals = number()?,
            "Picklist Values" => field.values = value.split(" | ").map(str::to_owned).collect(),
            _ => return Err(format!("the screen has no entry `{entry}`")),
        }
    }
    Ok(field)
}

//! Whether the installation can be read, and read whole.

use std::collections::BTreeSet;

use super::Dolibarr;
use super::client::{Answered, Which};
use super::customers::{self, Known, customer_of};
use super::map::EXTRA;
use super::wire::{Invoice, ThirdParty, User, text};
use crate::http::Class;
use crate::ports::{Finding, Severity, SourceProbe};

/// How many of the latest records are looked at.
const SAMPLE: u64 = 50;

impl Dolibarr {
    pub(super) async fn look(&self) -> Answered<SourceProbe> {
        let status = self.client.status().await?;
        let version = status.success.dolibarr_version;
        let version = text(version.as_ref()).map_or_else(String::new, |version| format!(" {version}"));
        let mut findings = self.rights().await?;
        let latest = Which::latest();
        let invoices = self.client.invoices_at_most(&latest, SAMPLE).await?;
        let thirds = self.client.third_parties_at_most(&latest.customers(), SAMPLE).await?;
        findings.extend(self.of_fields(&invoices));
        findings.extend(self.of_currency(&invoices));
        findings.extend(self.of_customers(&invoices).await?);
        findings.extend(self.of_tax_codes(&thirds));
        let base = self.client.stack.transport().base();
        Ok(SourceProbe {
            identity: format!("Dolibarr{version} at {base}"),
            findings,
            ..SourceProbe::default()
        })
    }

    fn finding(&self, severity: Severity, key: &str, what: String, advice: &str) -> Finding {
        let place = format!("accounting source {}{key}", self.name);
        Finding { severity, place, what, advice: advice.to_owned() }
    }

    /// A user who may not see all customers gets its own alone, without a word about the rest.
    async fn rights(&self) -> Answered<Vec<Finding>> {
        let user = match self.client.user().await {
            Ok(user) => user,
            Err(failure) if matches!(failure.class, Class::Unauthorized) => return Err(failure),
            Err(_) => return Ok(vec![self.unseen_rights()]),
        };
        let login = text(user.login.as_ref()).unwrap_or("of the key").to_owned();
        if text(user.socid.as_ref()).is_some_and(|id| !matches!(id, "0" | "null")) {
            return Ok(vec![self.finding(
                Severity::Error,
                "",
                format!("the API user {login} belongs to a third party, so Dolibarr shows it that one's invoices alone"),
                "Use the API key of an internal user",
            )]);
        }
        Ok(match sees_all_customers(&user) {
            Some(true) => Vec::new(),
            None => vec![self.unseen_rights()],
            Some(false) => vec![self.finding(
                Severity::Error,
                "",
                format!(
                    "the API user {login} may not see all customers, so Dolibarr shows it only those that it is the \
                     sales representative of, and revenue would come out too low"
                ),
                "Give it the permission `Extend access to all third parties` on the tab Permissions of its card",
            )],
        })
    }

    fn unseen_rights(&self) -> Finding {
        self.finding(
            Severity::Ok,
            "",
            "Dolibarr does not tell the permissions of the API user: whether it sees all customers is not known".to_owned(),
            "See that it has the permission `Extend access to all third parties`",
        )
    }

    /// A release that calls its fields otherwise would give no amounts, document by document.
    fn of_fields(&self, invoices: &[Invoice]) -> Option<Finding> {
        let gone =
            |is_there: &dyn Fn(&Invoice) -> bool| !invoices.is_empty() && !invoices.iter().any(is_there);
        let fields = [
            ("total_ht", gone(&|invoice| invoice.total_ht.is_some())),
            ("date", gone(&|invoice| invoice.date.is_some())),
            ("type", gone(&|invoice| invoice.kind.is_some())),
            ("status", gone(&|invoice| invoice.status.is_some() || invoice.statut.is_some())),
            ("socid", gone(&|invoice| invoice.socid.is_some())),
        ];
        let missing: Vec<&str> = fields.iter().filter(|(_, gone)| *gone).map(|(name, _)| *name).collect();
        (!missing.is_empty()).then(|| {
            self.finding(
                Severity::Error,
                "",
                format!("invoices come without {}", missing.join(", ")),
                "sirank knows Dolibarr 14 to 22; see what stands between, and report the release",
            )
        })
    }

    /// What the invoices show of the company's currency.
    fn of_currency(&self, invoices: &[Invoice]) -> Option<Finding> {
        let base = &self.mapping.base_currency;
        let advice = "Write the company's currency under currency, and give its rate in currency.rates";
        let finding = |what| self.finding(Severity::Warning, ": currency", what, advice);
        if invoices.iter().any(|invoice| self.mapping.shows_another_currency(invoice)) {
            return Some(finding(format!(
                "there are invoices in {base} that were converted: the company's currency is another one, and other \
                 amounts are taken for {base}"
            )));
        }
        // At a rate of exactly 1, the currency of an invoice is that of the company.
        let drafts = invoices.iter().map(|invoice| self.mapping.draft(invoice, None));
        let told = self.mapping.currency.as_ref();
        let others: BTreeSet<String> =
            drafts.filter_map(|draft| draft.currency).filter(|code| Some(code) != told).collect();
        (!others.is_empty()).then(|| {
            let codes = others.into_iter().collect::<Vec<_>>().join(", ");
            let company = told.unwrap_or(base);
            finding(format!(
                "there are invoices in {codes} at a rate of 1: the company's currency is not {company}, or Dolibarr \
                 knows no rate"
            ))
        })
    }

    async fn of_customers(&self, invoices: &[Invoice]) -> Answered<Option<Finding>> {
        let seen = customers::others(&self.client, &self.mapping, invoices, &Known::new()).await?;
        let named: BTreeSet<u64> = invoices.iter().filter_map(customer_of).collect();
        let unseen = named.iter().filter(|id| !seen.contains_key(id)).count();
        Ok((unseen > 0).then(|| {
            self.finding(
                Severity::Warning,
                "",
                format!(
                    "of {} customers of the latest invoices the API user does not see {unseen}: their invoices have no \
                     VAT number",
                    named.len()
                ),
                "Give the API user the permissions to read third parties, and to see all of them",
            )
        }))
    }

    fn of_tax_codes(&self, thirds: &[ThirdParty]) -> Option<Finding> {
        let field = self.mapping.tax_code_field.as_deref()?;
        let has_any = thirds.is_empty() || thirds.iter().any(|third| self.mapping.tax_code(third).is_some());
        (!has_any).then(|| {
            let advice = if field.starts_with(EXTRA) {
                "Write options_ and the attribute code of the extra field, or leave the key out"
            } else {
                "Open a customer and see which of the professional ids holds it, or leave the key out"
            };
            let what = format!("of the latest {} customers none has a value in {field}", thirds.len());
            self.finding(Severity::Warning, ": tax_code_field", what, advice)
        })
    }
}

/// Whether a user may see all customers; none where its permissions are not told.
fn sees_all_customers(user: &User) -> Option<bool> {
    let third_parties = user.rights.get("societe")?.as_object()?;
    let all = third_parties.get("client").and_then(|client| client.get("voir"));
    Some(all.is_some_and(|all| {
        all.as_u64() == Some(1) || all.as_str() == Some("1") || all.as_bool() == Some(true)
    }))
}

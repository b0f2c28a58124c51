//! What is read in which company: the questions to the models, and the customers of a page.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::client::{Answered, Client, Question};
use super::map::{Countries, draft, party};
use super::wire::{Company, Move, Partner};
use crate::domain::document::{DocumentDraft, Party};
use crate::http::{Class, HttpFailure, last_id};

const MOVE_FIELDS: [&str; 8] = [
    "name",
    "move_type",
    "state",
    "invoice_date",
    "commercial_partner_id",
    "amount_untaxed_signed",
    "write_date",
    "id",
];
const PARTNER_FIELDS: [&str; 5] = ["id", "name", "vat", "country_id", "write_date"];
/// With the Italian modules.
const SDI_STATE: &str = "l10n_it_edi_state";
const TAX_CODE: &str = "l10n_it_codice_fiscale";

/// What is the same for all invoices of a reading.
#[derive(Debug)]
pub(super) struct Books {
    /// The company that is read.
    pub(super) company: Company,
    /// Its currency, where it is not the base currency.
    pub(super) currency: Option<String>,
    countries: Countries,
    move_fields: Vec<&'static str>,
    partner_fields: Vec<&'static str>,
}

/// The books of the reading that is under way.
#[derive(Default)]
pub(super) struct Opened(Mutex<Option<Arc<Books>>>);

impl Opened {
    /// The books, asked for anew where a reading begins.
    pub(super) async fn books(
        &self,
        client: &Client,
        company_id: Option<u64>,
        base_currency: &str,
        begins: bool,
    ) -> Answered<Arc<Books>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|_| !begins) {
            return Ok(known);
        }
        let company = chosen(client.companies().await?, company_id)?;
        let countries = client.countries().await?.into_iter();
        let countries = countries.filter_map(|country| Some((country.id.number()?, country.code.owned()?)));
        let mut move_fields = MOVE_FIELDS.to_vec();
        if client.fields("account.move", &[SDI_STATE]).await?.contains_key(SDI_STATE) {
            move_fields.push(SDI_STATE);
        }
        let mut partner_fields = PARTNER_FIELDS.to_vec();
        if client.fields("res.partner", &[TAX_CODE]).await?.contains_key(TAX_CODE) {
            partner_fields.push(TAX_CODE);
        }
        let currency =
            company.currency_id.name.clone().filter(|code| !code.eq_ignore_ascii_case(base_currency));
        let countries = countries.collect();
        let books = Arc::new(Books { company, currency, countries, move_fields, partner_fields });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(books.clone());
        Ok(books)
    }
}

/// The company that the settings name, or the only one.
fn chosen(companies: Vec<Company>, wanted: Option<u64>) -> Answered<Company> {
    let named: Vec<String> = companies
        .iter()
        .map(|company| {
            format!("{} ({})", company.id.text().unwrap_or("?"), company.name.text().unwrap_or("?"))
        })
        .collect();
    let named = if named.is_empty() { "none".to_owned() } else { named.join(", ") };
    let one = companies.len() == 1;
    let is = |company: &Company| wanted.map_or(one, |wanted| company.id.number() == Some(wanted));
    companies.into_iter().find(is).ok_or_else(|| {
        let message = match wanted {
            Some(wanted) => {
                format!("company_id {wanted} is not among the companies of the API user: {named}. Set it to one of them")
            }
            None => format!(
                "there are several companies: {named}. Set company_id to the one whose invoices are to be read, and add \
                 a source for each further one"
            ),
        };
        HttpFailure::found("companies.list", Class::Refused { code: "COMPANY".to_owned() }, message)
    })
}

impl Books {
    /// Invoices and credit notes of the company, with further conditions.
    pub(super) fn moves(&self, conditions: Vec<Value>, order: &'static str, limit: u64) -> Question {
        let mut domain = vec![
            json!(["move_type", "in", ["out_invoice", "out_refund"]]),
            json!(["company_id", "=", self.company.id.number()]),
        ];
        domain.extend(conditions);
        Question {
            operation: "invoices.list",
            model: "account.move",
            domain,
            fields: self.move_fields.clone(),
            order,
            limit,
        }
    }

    pub(super) fn partners(&self, domain: Vec<Value>, order: &'static str, limit: u64) -> Question {
        Question {
            operation: "partners.list",
            model: "res.partner",
            domain,
            fields: self.partner_fields.clone(),
            order,
            limit,
        }
    }

    /// A page's invoices as drafts, with their customers: one call, and no more is remembered than a page names.
    pub(super) async fn drafts(&self, client: &Client, moves: &[Move]) -> Answered<Vec<DocumentDraft>> {
        let named: BTreeSet<u64> = moves.iter().filter_map(|row| row.commercial_partner_id.id).collect();
        let mut parties: HashMap<u64, Party> = HashMap::new();
        let partners = self.partners_up_to(client, named.len(), json!(["id", "in", named])).await?;
        parties.extend(
            partners
                .iter()
                .filter_map(|partner| Some((partner.id.number()?, party(partner, &self.countries)))),
        );
        let draft_of = |row: &Move| {
            let customer = row.commercial_partner_id.id.and_then(|id| parties.get(&id));
            draft(row, customer, self.currency.as_deref())
        };
        Ok(moves.iter().map(draft_of).collect())
    }

    /// The partners of a condition, by as many pages as the server makes of them, until there are at least so many.
    pub(super) async fn partners_up_to(
        &self,
        client: &Client,
        enough: usize,
        condition: Value,
    ) -> Answered<Vec<Partner>> {
        let (mut found, mut after) = (Vec::new(), 0);
        while found.len() < enough {
            let domain = vec![condition.clone(), json!(["id", ">", after])];
            let page = client.partners(self.partners(domain, "id", (enough - found.len()) as u64)).await?;
            let ids = page.iter().map(|partner| partner.id.number());
            let Some(last) = last_id("partners.list", ids, after)? else { break };
            found.extend(page);
            after = last;
        }
        Ok(found)
    }
}

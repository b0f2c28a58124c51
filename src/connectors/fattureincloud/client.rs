//! Fatture in Cloud's endpoints: paths and queries.

use super::map::DocumentType;
use super::wire::{Bin, Document, List, UserCompanies};
use crate::http::{Call, HttpFailure, Stack};

/// The most documents in one page.
pub(super) const PAGE: u64 = 100;

/// The fields that are read: without `fields`, rows come without `ei_status`.
const FIELDS: &str = "id,type,number,numeration,date,entity,currency,amount_net,ei_status";
/// By creation, which nobody changes, so that documents made during a pull come last; what was made in the same second is
/// told apart by its number.
const SORT: &str = "created_at,date,number,numeration";
/// The latest change first; of those of one second, in an order that nobody changes.
const LATEST: &str = "-updated_at,created_at,date,number,numeration";

pub(super) type Answered<T> = Result<T, Box<HttpFailure>>;

pub(super) struct Client {
    pub(super) stack: Stack,
    company_id: String,
}

impl Client {
    pub(super) fn new(stack: Stack, company_id: String) -> Self {
        Self { stack, company_id }
    }

    /// The companies that the token reaches.
    pub(super) async fn companies(&self) -> Answered<UserCompanies> {
        self.stack.json(&Call::get("companies.list", "user/companies")).await
    }

    /// A page of all documents of a type.
    pub(super) async fn documents(&self, kind: DocumentType, page: u64) -> Answered<List<Document>> {
        let call = self.list(kind, PAGE).with("page", page.to_string()).with("sort", SORT);
        self.stack.json(&call).await
    }

    /// A page of one document: how many there are, and whether they may be read.
    pub(super) async fn count(&self, kind: DocumentType) -> Answered<List<Document>> {
        self.stack.json(&self.list(kind, 1)).await
    }

    /// A page of all documents of a type, those that were changed last first.
    pub(super) async fn latest(&self, kind: DocumentType, page: u64) -> Answered<List<Document>> {
        let fields = format!("{FIELDS},updated_at");
        let call = self.list_of(kind, PAGE, &fields).with("page", page.to_string()).with("sort", LATEST);
        self.stack.json(&call).await
    }

    /// The documents that were deleted and not yet removed for good.
    pub(super) async fn bin(&self) -> Answered<Bin> {
        self.stack
            .json(&Call::get("documents.bin", format!("c/{}/bin/issued_documents", self.company_id)))
            .await
    }

    fn list(&self, kind: DocumentType, per_page: u64) -> Call {
        self.list_of(kind, per_page, FIELDS)
    }

    fn list_of(&self, kind: DocumentType, per_page: u64, fields: &str) -> Call {
        Call::get("documents.list", format!("c/{}/issued_documents", self.company_id))
            .with("type", kind.as_str())
            .with("fields", fields)
            .with("per_page", per_page.to_string())
    }
}

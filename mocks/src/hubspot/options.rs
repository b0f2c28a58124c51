//! How a portal behaves where the documents leave a choice, and its limits.

/// Limits on requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests in any sliding ten seconds, per token.
    pub burst: Option<u32>,
    /// Requests a day, of the whole account; the day is the account's.
    pub daily: Option<u64>,
    /// Search requests in any sliding second, of the whole account.
    pub search_per_second: Option<u32>,
    /// Association requests in any sliding ten seconds.
    pub associations: Option<u32>,
}

impl Limits {
    /// No limits at all.
    pub fn unlimited() -> Self {
        Self { burst: None, daily: None, search_per_second: None, associations: None }
    }

    /// Those of a Professional account.
    pub fn professional() -> Self {
        Self { burst: Some(190), daily: Some(625_000), search_per_second: Some(5), associations: Some(150) }
    }

    /// Those of a Free or Starter account.
    pub fn starter() -> Self {
        Self { burst: Some(100), daily: Some(250_000), search_per_second: Some(5), associations: Some(100) }
    }

    /// Those of a public OAuth app: no daily headers come with OAuth tokens.
    pub fn public_app() -> Self {
        Self { burst: Some(110), ..Self::professional() }
    }
}

/// The form of `toObjectId` in association answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdForm {
    /// `12`
    Number,
    /// `"12"`
    Text,
}

/// What a batch update does with the id of a record that was merged into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergedWrite {
    /// `OBJECT_NOT_FOUND` for that input.
    NotFound,
    /// The winner is written.
    Winner,
}

/// Everything that can be chosen.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent choices, each with a name")]
pub struct Options {
    /// Versions in paths that are answered.
    pub versions: Vec<String>,
    /// Limits on requests.
    pub limits: Limits,
    /// How long search keeps showing the state before a write.
    pub search_lag_ms: i64,
    /// `toObjectId` as number or text.
    pub to_object_id: IdForm,
    /// Writes to merged ids.
    pub merged_write: MergedWrite,
    /// Whether reading a merged id answers its winner.
    pub merged_read: bool,
    /// Inline associations shown per record before they are cut and `paging` appears.
    pub inline_associations: usize,
    /// Associations per input and page of a batch read.
    pub association_page: usize,
    /// Whether numbers come back without trailing zeros.
    pub reformat_numbers: bool,
    /// Whether writes of activities and deals move the change date of their companies.
    pub echo_on_companies: bool,
    /// Whether a refresh answers a new refresh token and ends the old one.
    pub rotate_refresh_tokens: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            versions: vec!["2026-09".to_owned()],
            limits: Limits::unlimited(),
            search_lag_ms: 0,
            to_object_id: IdForm::Number,
            merged_write: MergedWrite::NotFound,
            merged_read: true,
            inline_associations: 100,
            association_page: 500,
            reformat_numbers: true,
            echo_on_companies: true,
            rotate_refresh_tokens: false,
        }
    }
}

//! The file that holds an authorisation.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::held::{Authorisation, Lost};
use super::private;
use crate::clock;

/// The version of the file's format.
const VERSION: u32 = 1;

/// Where an authorisation is kept.
#[derive(Clone, Debug)]
pub struct TokenFile {
    path: PathBuf,
}

/// A file of tokens that cannot be used: says what to do. Its content is never quoted.
#[derive(Debug, thiserror::Error)]
pub enum TokenFileError {
    /// It cannot be read.
    #[error(
        "cannot read the authorisation in {}: {reason}. Run sirank as the owner of the folder, or as root",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// It is something else.
    #[error("{} holds no authorisation that this version of sirank can read. Delete it and authorise again", .0.display())]
    Foreign(PathBuf),
    /// It cannot be written.
    #[error(
        "cannot write the authorisation to {}: {reason}. See that the disk is not full and that sirank may write to the \
         folder",
        path.display()
    )]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
}

/// By what a file that was replaced is told from the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: u64,
    length: u64,
    modified: Option<std::time::SystemTime>,
}

/// How often a lock that somebody holds is tried.
const LOOK: Duration = Duration::from_millis(100);

/// Held while tokens are renewed or replaced: only one process does that at a time. Ends with the process.
#[derive(Debug)]
pub(super) struct FileLock {
    _file: File,
}

/// The content.
#[derive(Serialize, Deserialize)]
struct Content {
    version: u32,
    client_id: String,
    scopes: Vec<String>,
    given_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    renew_at: Option<DateTime<Utc>>,
    lost_at: Option<DateTime<Utc>>,
    lost_reason: Option<String>,
    renewing_since: Option<DateTime<Utc>>,
    access_token: String,
    refresh_token: Option<String>,
}

impl TokenFile {
    /// The file of a system, beside the state and named after it: states in one folder may be of different accounts.
    pub fn beside(state: &Path, system: &str) -> Self {
        Self { path: private::beside(state, &format!(".oauth-{system}.json")) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The authorisation; none where nobody has given one.
    pub fn read(&self) -> Result<Option<Authorisation>, TokenFileError> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(reason) => return Err(TokenFileError::Unreadable { path: self.path.clone(), reason }),
        };
        match serde_json::from_slice::<Content>(&bytes) {
            Ok(content) if content.version == VERSION => Ok(Some(content.into())),
            _ => Err(TokenFileError::Foreign(self.path.clone())),
        }
    }

    /// Replaces the authorisation; it is on disk when this returns.
    pub(super) fn write(&self, authorisation: &Authorisation) -> Result<(), TokenFileError> {
        let unwritable = |reason| TokenFileError::Unwritable { path: self.path.clone(), reason };
        let text = serde_json::to_vec_pretty(&Content::from(authorisation));
        let text = text.map_err(|error| unwritable(error.into()))?;
        private::replace(&self.path, &text).map_err(unwritable)
    }

    /// What tells this content from another; none where there is no file.
    pub(super) fn stamp(&self) -> Option<Stamp> {
        let data = std::fs::metadata(&self.path).ok()?;
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&data);
        #[cfg(not(unix))]
        let inode = 0;
        Some(Stamp { inode, length: data.len(), modified: data.modified().ok() })
    }

    /// Waits until no other process renews or replaces the tokens. It can be cancelled: whoever holds the lock may be
    /// stopped, or try for minutes.
    pub(super) async fn lock(&self) -> Result<FileLock, TokenFileError> {
        let unwritable = |reason| TokenFileError::Unwritable { path: self.path.clone(), reason };
        let file = private::open_for_lock(&private::beside(&self.path, ".lock")).map_err(unwritable)?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(FileLock { _file: file }),
                Err(TryLockError::WouldBlock) => clock::sleep(LOOK).await,
                Err(TryLockError::Error(reason)) => return Err(unwritable(reason)),
            }
        }
    }
}

impl From<&Authorisation> for Content {
    fn from(held: &Authorisation) -> Self {
        Self {
            version: VERSION,
            client_id: held.client_id.clone(),
            scopes: held.scopes.clone(),
            given_at: held.given_at,
            expires_at: held.expires_at,
            renew_at: held.renew_at,
            lost_at: held.lost.as_ref().map(|lost| lost.at),
            lost_reason: held.lost.as_ref().map(|lost| lost.reason.clone()),
            renewing_since: held.renewing_since,
            access_token: held.access.expose_secret().to_owned(),
            refresh_token: held.refresh.as_ref().map(|token| token.expose_secret().to_owned()),
        }
    }
}

impl From<Content> for Authorisation {
    fn from(content: Content) -> Self {
        let reason = content.lost_reason.unwrap_or_default();
        Self {
            client_id: content.client_id,
            scopes: content.scopes,
            given_at: content.given_at,
            expires_at: content.expires_at,
            renew_at: content.renew_at,
            lost: content.lost_at.map(|at| Lost { at, reason }),
            renewing_since: content.renewing_since,
            access: content.access_token.into(),
            refresh: content.refresh_token.map(Into::into),
        }
    }
}

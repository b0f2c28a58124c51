//! What `check` says of a folder: whether it can be read, and whether the company's own invoices are in it.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::config::{FatturaPaConfig, vat_number};
use super::envelope::unwrapped;
use super::file::{self, Kind};
use super::invoice::{Content, Identity};
use super::record::draft;
use super::scan::overview;
use super::text::text_of;
use super::xml;
use crate::domain::document::DocumentDraft;
use crate::ports::{
    FileRecord, FileSignature, Finding, KeyedRecords, KnownRecord, Severity, SourceProbe, Trouble,
};

/// How many files are looked into.
const LOOKED_INTO: usize = 200;
/// How much of each is read.
const READ: u64 = 8 << 20;
/// How many other sellers are named.
const NAMED: usize = 3;
/// How many documents are shown as they are understood.
const SAMPLE: usize = 5;

/// Looks into some files of the folder.
pub(super) fn survey(config: &FatturaPaConfig) -> Result<SourceProbe, Trouble> {
    let overview = overview(&config.folder, LOOKED_INTO)?;
    let (some, all) = (&overview.some, overview.all);
    let mut sellers: BTreeMap<String, u64> = BTreeMap::new();
    let (mut own, mut archives) = (0_u64, 0_u64);
    let mut sample = Vec::new();
    for file in some {
        match seller(file) {
            Looked::Seller(seller) if config.own.is(&seller) => {
                own += 1;
                if sample.len() < SAMPLE {
                    sample.extend(drafts(config, file, &overview.refused));
                }
            }
            Looked::Seller(seller) => {
                *sellers.entry(vat_number(&seller).or(seller.tax_code).unwrap_or_default()).or_default() += 1;
            }
            Looked::Archive if is_small(file) => {
                let drafts = drafts(config, file, &overview.refused);
                own += drafts.iter().filter(|draft| draft.fault.is_none()).count() as u64;
                sample.extend(drafts);
            }
            Looked::Archive => archives += 1,
            Looked::Nothing => {}
        }
    }
    let mut findings = Vec::new();
    let place = format!("accounting source {}", config.name);
    let mut warn = |what: String, advice: &str| {
        let (place, advice) = (place.clone(), advice.to_owned());
        findings.push(Finding { severity: Severity::Warning, place, what, advice });
    };
    if all == 0 {
        warn(
            "there is no .xml, .p7m or .zip file in the folder".to_owned(),
            "Look whether it is the right folder, and whether it is mounted",
        );
    } else if some.is_empty() {
        warn(
            format!(
                "all {all} files are named like notifications of the exchange, so there seems to be no invoice"
            ),
            "Look whether the invoices themselves are kept in another folder",
        );
    } else if own == 0 && archives == 0 {
        let mut most: Vec<_> = sellers.into_iter().collect();
        most.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let most: Vec<String> = most.into_iter().take(NAMED).map(|(seller, _)| seller).collect();
        let what = format!(
            "none of {} files that were looked into holds an invoice that one of own_vat_numbers issued",
            some.len()
        );
        let others =
            if most.is_empty() { String::new() } else { format!("; those there are of {}", most.join(", ")) };
        warn(what + &others, "Compare own_vat_numbers with the numbers of the company that invoices");
    }
    sample.truncate(SAMPLE);
    Ok(SourceProbe {
        sample,
        identity: format!("{}: {all} files", config.folder.display()),
        findings,
        ..SourceProbe::default()
    })
}

/// The documents of a file, each by itself.
fn drafts(config: &FatturaPaConfig, file: &Path, refused: &HashSet<String>) -> Vec<DocumentDraft> {
    let path = file.strip_prefix(&config.folder).unwrap_or(file).to_string_lossy();
    let reading = file::read(file, &path, FileSignature(String::new()), &config.own);
    let drafts = reading.records.into_iter().filter_map(|FileRecord { name, archive, key, content }| {
        let refused = std::iter::once(&name).chain(&archive).any(|name| refused.contains(name));
        let records = vec![KnownRecord { path: reading.path.clone(), content, refused }];
        draft(KeyedRecords { key, records }, config.count_asset_sales)
    });
    drafts.collect()
}

fn is_small(archive: &Path) -> bool {
    archive.metadata().is_ok_and(|metadata| metadata.len() <= READ)
}

enum Looked {
    Seller(Identity),
    Archive,
    Nothing,
}

fn seller(file: &Path) -> Looked {
    if Kind::of(&file.to_string_lossy()) == Some(Kind::Archive) {
        return Looked::Archive;
    }
    let mut bytes = Vec::new();
    if File::open(file).and_then(|file| file.take(READ).read_to_end(&mut bytes)).is_err() {
        return Looked::Nothing;
    }
    match unwrapped(&bytes).and_then(|bytes| xml::read(&text_of(&bytes))) {
        Ok(Content::Invoice(invoice)) => Looked::Seller(invoice.header.seller),
        _ => Looked::Nothing,
    }
}

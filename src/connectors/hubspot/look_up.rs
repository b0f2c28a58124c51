//! Records by their ids, never from a search index.

use std::collections::{BTreeMap, BTreeSet};

use super::client::{Answered, BATCH, Client};
use super::objects::Objects;
use super::problem::Problem;
use super::trouble::refused;
use super::wire::Record;

/// The live records of some ids that are to be kept, by id. One that was merged into another answers as that one: it is
/// no more, as one that was deleted.
pub(super) async fn by_id(
    client: &Client,
    objects: &'static Objects,
    ids: &BTreeSet<&str>,
    properties: &[String],
    keep: impl Fn(&Record) -> bool + Send,
) -> Answered<BTreeMap<String, Record>> {
    let mut found = BTreeMap::new();
    let asked: Vec<&str> = ids.iter().copied().collect();
    for chunk in asked.chunks(BATCH) {
        let answer = client.read(objects, chunk, properties).await?;
        for error in answer.errors.iter().flatten() {
            let problem = Problem::of(error);
            if !problem.is("OBJECT_NOT_FOUND") {
                return Err(refused(objects.read, &problem));
            }
        }
        let live = answer.results.into_iter().filter(|record| !record.archived);
        let as_asked = live.filter(|record| ids.contains(record.id.0.as_str()) && keep(record));
        found.extend(as_asked.map(|record| (record.id.0.clone(), record)));
    }
    Ok(found)
}

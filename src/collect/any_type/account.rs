//! The resources of any type in one account: what exists from Resource Explorer, tags from the tagging API, and a read of
//! Cloud Control before a resource is reported of which both show no tags.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use futures_util::{StreamExt as _, future};
use tokio::sync::OnceCell;

use super::confirm::{Answer, GET_RESOURCE, TypeReads};
use super::explorer::{self, Index, Indexed};
use super::found::{Found, OLD};
use super::gaps::{self, Place};
use super::types::{IndexedTypes, ListedTypes, is_global_service};
use crate::aws::cloud_control::ReadableType;
use crate::aws::{Arn, Partition, supported};
use crate::base::{count, quote};
use crate::collect::accounts::target_account::TargetAccount;
use crate::collect::client::session::AccountSession;
use crate::collect::collector::Listing;
use crate::collect::readers::context::ScanSettings;
use crate::collect::readers::fields::with_account;
use crate::collect::readers::tag_index::{self, GET_RESOURCES, TagIndex};
use crate::model::{Resource, Tags, Text};

/// The number of examples in a gap.
const EXAMPLES: usize = 3;

/// The scan of the resources of any type in one account.
pub(crate) struct AnyTypeScan<'a> {
    pub(crate) settings: &'a ScanSettings<'a>,
    pub(crate) session: &'a AccountSession,
    pub(crate) target: &'a TargetAccount,
    pub(crate) types: &'a IndexedTypes,
    /// The types that Resource Explorer lists, read once for all accounts.
    pub(crate) listed: &'a OnceCell<ListedTypes>,
    /// The regions to read.
    pub(crate) regions: Vec<String>,
}

/// An index that is read, and the regions to read whose resources it has.
struct Source {
    region: String,
    covers: Vec<String>,
}

/// The answers of the sources.
#[derive(Default)]
struct Listed {
    rows: Vec<Indexed>,
    /// The regions of which everything was listed.
    whole: BTreeSet<String>,
}

impl AnyTypeScan<'_> {
    /// Reads everything. What could not be read becomes a gap.
    pub(crate) async fn read(&self) {
        let places = self.places();
        let (indexes, (), tags) = tokio::join!(
            explorer::indexes(self.session, &self.session.home),
            self.read_listed_types(),
            self.read_tags(&places)
        );
        let listed = match indexes {
            Ok(indexes) => self.read_sources(&indexes, &places).await,
            Err(error) => {
                self.gap(&Place::account(self.account()), explorer::LIST_INDEXES, gaps::no_indexes(&error));
                Listed::default()
            }
        };
        self.note_old(&listed.rows);
        let found = self.join(&listed, &tags);
        self.settings.collector.expect(found.len());
        self.settle(found).await;
        self.settings.collector.listing_done(self.account(), &Listing::any_type());
    }

    fn account(&self) -> &str {
        &self.target.identity.account
    }

    fn main_region(&self) -> &'static str {
        Partition::named(&self.target.identity.partition).main_region
    }

    fn gap(&self, place: &Place, operation: &str, error: String) {
        self.settings.collector.add_gap(place.gap(operation, error));
    }

    /// The regions whose indexes are read: those of the run, and the main one for resources without a region.
    fn places(&self) -> Vec<String> {
        let home = &self.target.identity.partition;
        let mut places: BTreeSet<String> = BTreeSet::new();
        for region in &self.regions {
            let partition = Partition::of_region(region).name;
            if partition == home {
                places.insert(region.clone());
            } else {
                let error =
                    format!("region {region} is in partition {partition}, the credentials are of partition {home}");
                self.gap(&Place::region(self.account(), region), "", error);
            }
        }
        if self.types.has_global() {
            places.insert(self.main_region().to_owned());
        }
        places.into_iter().collect()
    }

    /// Reads the types that Resource Explorer lists, in the first account that may.
    async fn read_listed_types(&self) {
        let read = || async {
            let listed = explorer::listed_types(self.session, &self.session.home).await?;
            for row in self.types.rows().filter(|row| !listed.has(row)) {
                self.settings.collector.add_gap(gaps::unlisted_type(row.kind()));
            }
            Ok(listed)
        };
        if let Err(error) = self.listed.get_or_try_init(read).await {
            self.gap(&Place::account(self.account()), explorer::LIST_TYPES, gaps::no_types(&error));
        }
    }

    /// The index of the tagging API in each region.
    async fn read_tags(&self, places: &[String]) -> Vec<TagIndex> {
        let filter = self.types.tagging_filter();
        let read = async |region: &String| match tag_index::read_types(self.session, region, &filter).await {
            Ok(index) => index,
            Err((index, error)) => {
                self.gap(&Place::region(self.account(), region), GET_RESOURCES, gaps::no_tags(&error));
                index
            }
        };
        future::join_all(places.iter().map(read)).await
    }

    /// Reads the indexes of Resource Explorer that have the resources of these regions.
    async fn read_sources(&self, indexes: &[Index], places: &[String]) -> Listed {
        let mut listed = Listed::default();
        let has = |place: &String| indexes.iter().any(|index| index.region == *place);
        for place in places.iter().filter(|place| !has(place)) {
            let error = gaps::no_index(place, !self.regions.contains(place));
            self.gap(&Place::region(self.account(), place), explorer::LIST_INDEXES, error);
        }
        let with_index: Vec<String> = places.iter().filter(|place| has(place)).cloned().collect();
        let aggregator = indexes.iter().find(|index| index.aggregates).map(|index| index.region.clone());
        let aggregator = aggregator.filter(|region| with_index.len() > 1 || with_index.contains(region));
        // The state of an index is known in its own region alone.
        let mut asked: Vec<&String> = with_index.iter().collect();
        asked.extend(aggregator.as_ref().filter(|region| !with_index.contains(region)));
        let states = future::join_all(asked.iter().map(|region| explorer::index(self.session, region))).await;
        let mut whole: BTreeSet<String> = BTreeSet::new();
        let mut replicated: Vec<String> = Vec::new();
        for (region, state) in asked.into_iter().zip(states) {
            let place = Place::region(self.account(), region);
            match state {
                Ok(facts) => {
                    match facts.incomplete {
                        Some(state) => self.gap(&place, explorer::GET_INDEX, gaps::partial_index(region, &state)),
                        None => drop(whole.insert(region.clone())),
                    }
                    if aggregator.as_ref() == Some(region) {
                        replicated.clone_from(&facts.replicates);
                        replicated.push(region.clone());
                    }
                }
                Err(error) => self.gap(&place, explorer::GET_INDEX, gaps::index_unknown(region, &error)),
            }
        }
        let (together, alone): (Vec<String>, Vec<String>) =
            with_index.into_iter().partition(|region| replicated.contains(region));
        let mut sources: Vec<Source> =
            alone.into_iter().map(|region| Source { covers: vec![region.clone()], region }).collect();
        if let (Some(region), 1..) = (aggregator, together.len()) {
            sources.push(Source { region, covers: together });
        }
        for (source, result) in
            sources.iter().zip(future::join_all(sources.iter().map(|source| self.read_source(source))).await)
        {
            let (rows, complete) = result;
            listed.rows.extend(rows);
            if complete {
                listed.whole.extend(source.covers.iter().filter(|region| whole.contains(*region)).cloned());
            }
        }
        listed
    }

    /// Reads one index, through its default view. Returns `true` with the resources if they are all that it has.
    async fn read_source(&self, source: &Source) -> (Vec<Indexed>, bool) {
        let region = &source.region;
        let gap = |operation: &str, error: String| {
            for covered in &source.covers {
                self.gap(&Place::region(self.account(), covered), operation, error.clone());
            }
        };
        let view = match explorer::default_view(self.session, region).await {
            Ok(Some(view)) => view,
            Ok(None) => {
                gap(explorer::GET_DEFAULT_VIEW, gaps::no_view(region));
                return (Vec::new(), false);
            }
            Err(error) => {
                gap(explorer::GET_DEFAULT_VIEW, gaps::not_listed(&error));
                return (Vec::new(), false);
            }
        };
        let mut rows = Vec::new();
        let only_type = self.listed.get().and_then(|listed| listed.only_name(self.types));
        let mut filters: Vec<String> = only_type.map(|name| format!("resourcetype:{name}")).into_iter().collect();
        let mut whole = false;
        match explorer::view(self.session, region, &view).await {
            Ok(facts) => {
                for error in gaps::of_view(&view, &facts) {
                    gap(explorer::GET_VIEW, error);
                }
                whole = facts.filter.is_empty();
                if facts.is_of_organization() {
                    filters.push(format!("accountid:{}", self.account()));
                }
            }
            Err(error) => gap(explorer::GET_VIEW, gaps::view_unknown(&error)),
        }
        let take = |page: Vec<Indexed>| rows.extend(page.into_iter().filter(|row| self.is_own(row)));
        if let Err(error) = explorer::resources(self.session, region, &view, &filters.join(" "), take).await {
            gap(explorer::LIST_RESOURCES, gaps::not_listed(&error));
            whole = false;
        }
        let nameless = rows.iter().filter(|row| row.arn.is_none()).count() as u64;
        if nameless > 0 {
            gap(explorer::LIST_RESOURCES, gaps::nameless(nameless));
            whole = false;
        }
        (rows, whole)
    }

    /// Returns `true` if a resource is of this account: the view of an organization shows others too.
    fn is_own(&self, row: &Indexed) -> bool {
        let of_arn = || row.arn.as_deref().and_then(Arn::split).map(|arn| arn.account).filter(|id| !id.is_empty());
        row.account.as_deref().or_else(of_arn).is_none_or(|account| account == self.account())
    }

    /// Names the regions whose newest information is old.
    fn note_old(&self, rows: &[Indexed]) {
        let mut newest: BTreeMap<&str, i64> = BTreeMap::new();
        for row in rows {
            let (Some(region), Some(time)) = (row.region.as_deref(), row.reported) else { continue };
            let known = newest.entry(region).or_insert(time);
            *known = (*known).max(time);
        }
        for (region, time) in newest {
            let age = self.settings.now - time;
            if age >= OLD && self.regions.iter().any(|wanted| wanted == region) {
                let place = Place::region(self.account(), region);
                self.gap(&place, explorer::LIST_RESOURCES, gaps::old(region, age));
            }
        }
    }

    /// The resources of both indexes, each once.
    fn join(&self, listed: &Listed, tags: &[TagIndex]) -> Vec<Found> {
        let tagged: HashMap<&str, &[(String, String)]> = tags.iter().flat_map(TagIndex::iter).collect();
        let mut seen: HashSet<&str> = HashSet::new();
        let (mut out, mut left_out) = (Vec::new(), BTreeMap::<String, u64>::new());
        for row in &listed.rows {
            let Some(arn) = row.arn.as_deref() else { continue };
            if !seen.insert(arn) {
                continue;
            }
            let Some(found) = Found::listed(row, tagged.get(arn).copied(), self.settings.now) else {
                let place = Place::account(self.account());
                self.gap(&place, explorer::LIST_RESOURCES, format!("{} is not an ARN", quote(arn)));
                continue;
            };
            if found.has_no_tags(row.cloudformation.as_deref()) {
                *left_out.entry(found.resource.kind.to_string()).or_default() += 1;
            } else if self.wants(&found.resource) {
                out.push(found);
            }
        }
        if let Some(note) = gaps::left_out(&left_out) {
            self.settings.collector.note(note);
        }
        let mut alone: Vec<_> = tagged.into_iter().filter(|(arn, _)| !seen.contains(arn)).collect();
        alone.sort_unstable();
        for (arn, tags) in alone {
            let Some(mut found) = Found::tagged(arn, tags).filter(|found| self.wants(&found.resource)) else {
                continue;
            };
            let region = found.resource.region.as_deref().unwrap_or(self.main_region());
            let is_listed = self.listed.get().is_some_and(|listed| listed.has_kind(&found.resource.kind));
            found.is_lacking = is_listed && listed.whole.contains(region);
            out.push(found);
        }
        for found in &mut out {
            let resource = std::mem::take(&mut found.resource);
            found.resource = with_account(self.target, resource);
        }
        out
    }

    /// Returns `true` if a resource is of this run: its type has no reader of its own, and its region is one to read.
    fn wants(&self, resource: &Resource<'_>) -> bool {
        let is_read = |region: &str| self.regions.iter().any(|wanted| wanted == region);
        let in_regions = if let Some(region) = resource.region.as_deref() {
            is_read(region)
        } else {
            let service = resource.arn.as_deref().and_then(Arn::split).map_or("", |arn| arn.service);
            is_global_service(service) || is_read(self.main_region())
        };
        in_regions && self.types.wants(&resource.kind) && supported::by_name(&resource.kind).is_none()
    }

    /// Adds the resources, after Cloud Control has confirmed those that would be reported.
    async fn settle(&self, found: Vec<Found>) {
        let outcome = Outcome::default();
        let mut groups: BTreeMap<(String, &'static str), (&'static ReadableType, Vec<Found>)> = BTreeMap::new();
        for found in found {
            if !found.is_lacking && !(self.settings.needs_direct_read)(&found.resource) {
                self.add(found);
                continue;
            }
            let Some(readable) = found.readable else {
                self.take(found, Answer::Nothing("Cloud Control does not know the type".to_owned()), &outcome);
                continue;
            };
            let region = found.resource.region.as_deref().unwrap_or(self.main_region()).to_owned();
            groups.entry((region, readable.name)).or_insert_with(|| (readable, Vec::new())).1.push(found);
        }
        futures_util::stream::iter(groups)
            .map(|((region, _), (readable, found))| self.confirm(region, readable, found, &outcome))
            .buffer_unordered(self.settings.width)
            .collect::<()>()
            .await;
        for gap in outcome.into_gaps(self.account()) {
            self.settings.collector.add_gap(gap);
        }
    }

    /// Reads the resources of one type and region from Cloud Control: one after another until the form of their identifiers
    /// is known, then at the same time.
    async fn confirm(&self, region: String, readable: &'static ReadableType, found: Vec<Found>, outcome: &Outcome) {
        let mut reads = TypeReads::new(self.session, &region, readable);
        let mut rest = found.into_iter();
        while !reads.is_settled() {
            let Some(next) = rest.next() else { return };
            let answer = reads.learn(next.resource.arn.as_deref().unwrap_or_default()).await;
            self.take(next, answer, outcome);
        }
        let reads = &reads;
        futures_util::stream::iter(rest)
            .map(|next| async move {
                let answer = reads.read(next.resource.arn.as_deref().unwrap_or_default()).await;
                self.take(next, answer, outcome);
            })
            .buffer_unordered(self.settings.width)
            .collect::<()>()
            .await;
    }

    /// Adds a resource with what Cloud Control said about it.
    fn take(&self, mut found: Found, answer: Answer, outcome: &Outcome) {
        if answer == Answer::Gone {
            return self.settings.collector.skip();
        }
        outcome.note_lacking(&found, self.main_region());
        match answer {
            Answer::Tags(tags) => {
                found.confirm(tags);
                self.settings.collector.add(found.resource);
            }
            Answer::Exists(_) | Answer::Nothing(_) | Answer::Gone if found.is_tagged() => self.add(found),
            Answer::Exists(reason) => self.add_unread(found, reason, outcome),
            Answer::Nothing(reason) => self.add_unread(found, &reason, outcome),
            Answer::Gone => unreachable!("handled above"),
        }
    }

    fn add_unread(&self, mut found: Found, reason: &str, outcome: &Outcome) {
        outcome.note_unread(&found.resource, reason);
        found.resource.tags = Tags::Unread { reason: Text::from(format!("{}; {reason}", super::found::SILENT)) };
        self.settings.collector.add(found.resource);
    }

    /// Adds a resource with what the indexes say about it.
    fn add(&self, found: Found) {
        if found.is_tagged() {
            self.settings.collector.add_indexed(found.resource);
        } else {
            self.settings.collector.add(found.resource);
        }
    }
}

/// A region, a type and the reason for unknown tags.
type Unread = (Option<String>, String, String);

/// The reads that Cloud Control failed, and the resources that Resource Explorer lacks.
#[derive(Default)]
struct Outcome {
    /// The number of resources without known tags, by region, type and reason.
    unread: Mutex<BTreeMap<Unread, u64>>,
    /// The resources that only the tagging API lists, by region.
    lacking: Mutex<BTreeMap<String, Vec<String>>>,
}

impl Outcome {
    fn note_unread(&self, resource: &Resource<'_>, reason: &str) {
        let key = (resource.region.as_deref().map(str::to_owned), resource.kind.to_string(), reason.to_owned());
        *self.unread.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
    }

    fn note_lacking(&self, found: &Found, main_region: &str) {
        if found.is_lacking {
            let region = found.resource.region.as_deref().unwrap_or(main_region).to_owned();
            let arn = found.resource.arn.as_deref().unwrap_or_default().to_owned();
            self.lacking.lock().unwrap_or_else(PoisonError::into_inner).entry(region).or_default().push(arn);
        }
    }

    fn into_gaps(self, account: &str) -> Vec<crate::model::Gap> {
        let unread = self.unread.into_inner().unwrap_or_else(PoisonError::into_inner);
        let lacking = self.lacking.into_inner().unwrap_or_else(PoisonError::into_inner);
        let of_type = unread.into_iter().map(|((region, kind, reason), number)| {
            let place = Place { account: account.to_owned(), region, kind: Some(kind) };
            place.gap(GET_RESOURCE, format!("{reason}: the tags of {} are unknown", count(number, "resource")))
        });
        let of_region = lacking.into_iter().map(|(region, mut arns)| {
            arns.sort_unstable();
            let number = arns.len() as u64;
            arns.truncate(EXAMPLES);
            Place::region(account, &region).gap(explorer::LIST_RESOURCES, gaps::lacking(number, &arns))
        });
        of_type.chain(of_region).collect()
    }
}

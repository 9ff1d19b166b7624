//! The scan of one account: every type and region at the same time.

use futures_util::future;
use tokio::sync::OnceCell;

use super::accounts::assume_role::{AssumeRoleRequest, enter};
use super::accounts::enabled_regions::{AccountRegions, LIST_REGIONS, account_regions};
use super::accounts::target_account::TargetAccount;
use super::any_type::account::AnyTypeScan;
use super::any_type::types::ListedTypes;
use super::client::session::{AccountSession, RootSession};
use super::collector::Listing;
use super::options::CollectOptions;
use super::permissions::session_policies;
use super::readers::context::{ScanContext, ScanSettings};
use super::readers::reader::TypeReader;
use super::readers::registry::reader_of;
use crate::aws::SupportedType;

/// The scan of all accounts.
pub(crate) struct ScanRun<'a> {
    pub(crate) root: &'a RootSession,
    pub(crate) options: &'a CollectOptions,
    pub(crate) settings: ScanSettings<'a>,
    /// The types that Resource Explorer lists.
    pub(crate) listed_types: OnceCell<ListedTypes>,
}

impl ScanRun<'_> {
    /// The names of the types that were read from the indexes: those that Resource Explorer lists.
    pub(crate) fn indexed_kinds(&self) -> Vec<String> {
        let (Some(types), Some(listed)) = (&self.options.indexed_types, self.listed_types.get()) else {
            return Vec::new();
        };
        types.rows().filter(|row| listed.has(row)).map(|row| row.kind().to_owned()).collect()
    }

    /// Reads one account. An account that cannot be entered is a gap.
    pub(crate) async fn read_account(&self, target: &TargetAccount) {
        let account = &target.identity.account;
        let collector = self.settings.collector;
        collector.start_account(account);
        let partition = &target.identity.partition;
        let request = || match self.options.indexed_types {
            Some(_) => AssumeRoleRequest::scan(session_policies::scan_any_type()).with_read_only(partition),
            None => AssumeRoleRequest::scan(session_policies::scan()),
        };
        match enter(self.root, target, self.options.external_ids.of(account), request).await {
            Ok(session) => AccountScan { run: self, session, target }.read().await,
            Err(error) => collector.account_failed(account, "sts:AssumeRole", error.to_string()),
        }
    }
}

/// The scan of one account.
struct AccountScan<'a> {
    run: &'a ScanRun<'a>,
    session: AccountSession,
    target: &'a TargetAccount,
}

impl AccountScan<'_> {
    async fn read(&self) {
        let readers = self.run.options.types_to_read().into_iter().map(reader_of);
        let (regional, global): (Vec<_>, Vec<_>) = readers.partition(|reader| reader.resource_type().regional);
        let is_read = |name: &SupportedType| global.iter().any(|reader| reader.resource_type() == name);
        let alone = global.iter().filter(|reader| !reader.read_with().is_some_and(is_read));
        let listings = alone.map(|reader| {
            let with = |other: &&&'static dyn TypeReader| other.read_with() == Some(reader.resource_type());
            self.read_listing(*reader, None, global.iter().find(with).copied())
        });
        let global = future::join_all(listings);
        let by_region = async {
            let regions = self.regions(!regional.is_empty()).await;
            tokio::join!(self.read_regions(&regional, regions.as_ref()), self.read_any_type(regions.as_ref()));
        };
        tokio::join!(global, by_region);
    }

    /// The regions of the account, if each account is asked for them.
    async fn regions(&self, has_regional: bool) -> Option<AccountRegions> {
        let needed = has_regional || self.run.options.indexed_types.is_some();
        if !(needed && self.run.settings.all_regions) {
            return None;
        }
        let regions = account_regions(&self.session).await;
        for name in &regions.disabled {
            self.run.settings.collector.not_enabled(name);
        }
        Some(regions)
    }

    /// Reads the types that have no reader.
    async fn read_any_type(&self, regions: Option<&AccountRegions>) {
        let Some(types) = &self.run.options.indexed_types else { return };
        let collector = self.run.settings.collector;
        let regions = match regions {
            None => self.run.root.regions.clone(),
            Some(regions) => {
                if let Some(error) = &regions.error {
                    let error = format!("{error}; the regions of the account are not known");
                    collector.gap(&self.target.identity.account, &Listing::any_type(), LIST_REGIONS, error);
                }
                regions.enabled.clone()
            }
        };
        collector.regions_read(&regions);
        let (settings, session, target, listed) =
            (&self.run.settings, &self.session, self.target, &self.run.listed_types);
        AnyTypeScan { settings, session, target, types, listed, regions }.read().await;
    }

    /// Reads a listing, and the one of another reader that is read with it.
    async fn read_listing(
        &self,
        reader: &'static dyn TypeReader,
        region: Option<&str>,
        read_with: Option<&'static dyn TypeReader>,
    ) {
        let mut context = self.context(reader, region);
        context.read_with = read_with.map(|other| Box::new(self.context(other, region)));
        context.run(reader.scan(&context)).await;
    }

    fn context<'c>(&'c self, reader: &dyn TypeReader, region: Option<&'c str>) -> ScanContext<'c> {
        let known_regions = reader.known_regions(&self.target.identity.partition);
        ScanContext {
            settings: &self.run.settings,
            session: &self.session,
            target: self.target,
            resource_type: reader.resource_type(),
            index_region: reader.index_region(),
            region,
            region_is_known: region.is_some_and(|region| known_regions.contains(&region)),
            read_with: None,
        }
    }

    /// Reads the types with regions.
    async fn read_regions(&self, readers: &[&'static dyn TypeReader], regions: Option<&AccountRegions>) {
        let regions: Vec<Vec<String>> = match regions {
            Some(regions) => readers.iter().map(|reader| self.regions_of(*reader, regions)).collect(),
            None => vec![self.run.root.regions.clone(); readers.len()],
        };
        let listings = readers
            .iter()
            .zip(&regions)
            .flat_map(|(reader, regions)| regions.iter().map(|region| self.read_listing(*reader, Some(region), None)));
        future::join_all(listings).await;
    }

    /// The regions in which to read a type: the enabled ones. If the account does not list its regions, those that are
    /// known to have the service, and a gap: there may be others.
    fn regions_of(&self, reader: &dyn TypeReader, regions: &AccountRegions) -> Vec<String> {
        let (resource_type, identity) = (reader.resource_type(), &self.target.identity);
        let collector = self.run.settings.collector;
        let known = reader.known_regions(&identity.partition);
        let mut names = regions.enabled.clone();
        if let Some(error) = &regions.error {
            let enabled = |name: &&&str| !regions.disabled.iter().any(|disabled| disabled == *name);
            names.extend(known.iter().filter(enabled).map(|name| (*name).to_owned()));
            let error = format!("{error}; only the regions that taglint knows were read");
            collector.gap(&identity.account, &Listing::new(resource_type, None), LIST_REGIONS, error);
        }
        if known.is_empty() {
            names.clear();
            let (partition, plural) = (&identity.partition, resource_type.plural);
            collector.note(format!("partition {partition} has no {plural}, so none were looked for there"));
        }
        names.sort_unstable();
        names.dedup();
        collector.regions_known(&identity.account, resource_type, &names);
        names
    }
}

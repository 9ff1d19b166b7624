//! The columns of the kinds of exports.

/// A fact of a line item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Cost,
    Resource,
    Account,
    Currency,
    Service,
    ServiceCode,
    Region,
    Type,
    Start,
    End,
    PeriodStart,
    PeriodEnd,
    Payer,
    Principal,
}

/// A kind of export, with the name of each column.
#[derive(Debug)]
pub(super) struct ExportKind {
    /// Its name in messages and reports.
    pub(super) name: &'static str,
    /// The word for the cost that is summed.
    pub(super) metric: &'static str,
    columns: &'static [(Field, &'static str)],
}

/// AWS Data Exports User Guide, "Cost and Usage Report (CUR) 2.0"; of the principal AWS Billing User Guide, "Using IAM principal
/// for cost allocation".
const CUR2: ExportKind = ExportKind {
    name: "CUR 2.0",
    metric: "unblended",
    columns: &[
        (Field::Cost, "line_item_unblended_cost"),
        (Field::Resource, "line_item_resource_id"),
        (Field::Account, "line_item_usage_account_id"),
        (Field::Currency, "line_item_currency_code"),
        (Field::Service, "line_item_product_code"),
        (Field::ServiceCode, "line_item_product_code"),
        (Field::Region, "product_region_code"),
        (Field::Type, "line_item_line_item_type"),
        (Field::Start, "line_item_usage_start_date"),
        (Field::End, "line_item_usage_end_date"),
        (Field::PeriodStart, "bill_billing_period_start_date"),
        (Field::PeriodEnd, "bill_billing_period_end_date"),
        (Field::Payer, "bill_payer_account_id"),
        (Field::Principal, "line_item_iam_principal"),
    ],
};

/// AWS Data Exports User Guide, "Line item details" and "Bill details" of legacy reports.
const CUR: ExportKind = ExportKind {
    name: "CUR",
    metric: "unblended",
    columns: &[
        (Field::Cost, "lineItem/UnblendedCost"),
        (Field::Resource, "lineItem/ResourceId"),
        (Field::Account, "lineItem/UsageAccountId"),
        (Field::Currency, "lineItem/CurrencyCode"),
        (Field::Service, "lineItem/ProductCode"),
        (Field::ServiceCode, "lineItem/ProductCode"),
        (Field::Region, "product/regionCode"),
        (Field::Type, "lineItem/LineItemType"),
        (Field::Start, "lineItem/UsageStartDate"),
        (Field::End, "lineItem/UsageEndDate"),
        (Field::PeriodStart, "bill/BillingPeriodStartDate"),
        (Field::PeriodEnd, "bill/BillingPeriodEndDate"),
        (Field::Payer, "bill/PayerAccountId"),
    ],
};

/// AWS Data Exports User Guide, "FOCUS 1.0 with AWS columns" and "FOCUS 1.2 with AWS columns".
const FOCUS: ExportKind = ExportKind {
    name: "FOCUS",
    metric: "billed",
    columns: &[
        (Field::Cost, "BilledCost"),
        (Field::Resource, "ResourceId"),
        (Field::Account, "SubAccountId"),
        (Field::Currency, "BillingCurrency"),
        (Field::Service, "ServiceName"),
        (Field::ServiceCode, "x_ServiceCode"),
        (Field::Region, "RegionId"),
        (Field::Type, "ChargeCategory"),
        (Field::Start, "ChargePeriodStart"),
        (Field::End, "ChargePeriodEnd"),
        (Field::PeriodStart, "BillingPeriodStart"),
        (Field::PeriodEnd, "BillingPeriodEnd"),
        (Field::Payer, "BillingAccountId"),
    ],
};

const KINDS: [&ExportKind; 3] = [&CUR2, &CUR, &FOCUS];

/// The fields without which no line item has a cost of a resource.
const REQUIRED: [Field; 4] = [Field::Cost, Field::Resource, Field::Account, Field::Currency];

/// The places of the columns in a file.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub(super) kind: &'static ExportKind,
    places: [Option<usize>; Field::Principal as usize + 1],
}

impl Columns {
    /// The place of a field; `None` if the file does not have it.
    pub(super) fn at(&self, field: Field) -> Option<usize> {
        self.places[field as usize]
    }

    /// The name of the column of a field, for messages.
    pub(super) fn name(&self, field: Field) -> &'static str {
        self.kind.name_of(field)
    }

    /// Finds the columns in a header.
    ///
    /// # Errors
    /// The mistake, and the next step.
    pub(super) fn find(header: &csv::StringRecord) -> Result<Self, (String, &'static str)> {
        let place = |name: &str| header.iter().position(|one| one == name);
        let known = |kind: &&&ExportKind| kind.columns.iter().filter(|(_, name)| place(name).is_some()).count();
        let kind = KINDS.iter().max_by_key(known).filter(|kind| known(kind) >= 2);
        let Some(kind) = kind.copied() else {
            let is_page = header.iter().any(|name| name.starts_with("Total costs"));
            return Err(if is_page {
                let why = "a download of the page of Cost Explorer, whose columns AWS does not document";
                (why.to_owned(), "give a CUR 2.0 export with resource ids; docs/cost.md says how to make one")
            } else {
                let names = "no column of a CUR 2.0, CUR or FOCUS export, such as line_item_unblended_cost";
                (names.to_owned(), "give the CSV of an export of AWS Data Exports; docs/cost.md says which")
            });
        };
        let mut places = [None; Field::Principal as usize + 1];
        for (field, name) in kind.columns {
            if header.iter().filter(|one| one == name).count() > 1 {
                return Err((format!("two columns {name}"), "select each column once in the query of the export"));
            }
            places[*field as usize] = place(name);
        }
        match REQUIRED.into_iter().find(|field| places[*field as usize].is_none()) {
            None => Ok(Self { kind, places }),
            Some(Field::Resource) => Err((
                format!("no column {}", kind.name_of(Field::Resource)),
                "make the export with resource ids (INCLUDE_RESOURCES)",
            )),
            Some(field) => Err((format!("no column {}", kind.name_of(field)), "select it in the query of the export")),
        }
    }
}

impl ExportKind {
    fn name_of(&self, field: Field) -> &'static str {
        self.columns.iter().find(|(one, _)| *one == field).map_or("", |(_, name)| name)
    }
}

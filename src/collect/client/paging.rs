//! Lists in pages, read to the end or with an error.
//!
//! The SDK's paginators end silently if AWS repeats a token (`docs/contributing/aws-facts.md`), and the length of a page
//! says nothing: "IAM might return fewer than the `MaxItems` number of results" (IAM API Reference, `ListUsers`).

use std::collections::HashSet;

use super::api_error::ApiError;

/// The limit on pages, more than any account has: 100 million users.
const MAX_PAGES: usize = 100_000;

/// One page of a list.
pub(crate) struct Page<T> {
    /// The items; there may be none although more pages follow.
    pub(crate) items: Vec<T>,
    /// The next page, as this page announces it.
    pub(crate) next: Next,
}

/// The position of the next page.
pub(crate) enum Next {
    /// There is no next page.
    End,
    /// The marker of the next page.
    Marker(String),
    /// There is a next page, but its marker is missing.
    Lost,
}

impl Next {
    /// The next page as IAM gives it: a flag and a marker.
    pub(crate) fn iam(truncated: bool, marker: Option<String>) -> Self {
        match marker.filter(|marker| !marker.is_empty()) {
            _ if !truncated => Self::End,
            Some(marker) => Self::Marker(marker),
            None => Self::Lost,
        }
    }

    /// The next page as JSON services give it: a token, or none.
    pub(crate) fn token(token: Option<String>) -> Self {
        token.filter(|token| !token.is_empty()).map_or(Self::End, Self::Marker)
    }
}

/// Reads all pages. `take` gets the items of each page as it arrives, so that pages read before an error are kept.
pub(crate) async fn read_all<T>(
    mut fetch: impl AsyncFnMut(Option<String>) -> Result<Page<T>, ApiError>,
    mut take: impl FnMut(Vec<T>),
) -> Result<(), ApiError> {
    let mut seen = HashSet::new();
    let mut marker = None;
    while seen.len() < MAX_PAGES {
        let page = fetch(marker.take()).await?;
        take(page.items);
        marker = match page.next {
            Next::End => return Ok(()),
            Next::Lost => return Err(ApiError::paging("the service announced another page without a marker")),
            Next::Marker(next) if !seen.insert(next.clone()) => {
                return Err(ApiError::paging("the service repeated a page marker"));
            }
            Next::Marker(next) => Some(next),
        };
    }
    Err(ApiError::paging("the service sent more pages than any account has"))
}

/// The number of pages of a list; an empty list takes one call too.
pub(crate) fn pages(items: u64, page: u64) -> u64 {
    items.div_ceil(page).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Script = Vec<(Vec<u32>, Next)>;

    fn read(script: Script) -> (Vec<u32>, Vec<Option<String>>, Result<(), String>) {
        let (mut got, mut asked) = (Vec::new(), Vec::new());
        let mut script = script.into_iter();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let end = runtime.block_on(read_all(
            async |marker| {
                asked.push(marker);
                let (items, next) = script.next().expect("no further page is asked for");
                Ok(Page { items, next })
            },
            |items| got.extend(items),
        ));
        (got, asked, end.map_err(|failure| failure.to_string()))
    }

    fn marker(text: &str) -> Next {
        Next::iam(true, Some(text.to_owned()))
    }

    #[test]
    fn an_empty_page_with_a_marker_is_not_the_end() {
        let (got, asked, end) = read(vec![(vec![], marker("a")), (vec![1], marker("b")), (vec![2], Next::End)]);
        assert_eq!((got, end), (vec![1, 2], Ok(())));
        assert_eq!(asked, [None, Some("a".to_owned()), Some("b".to_owned())]);
    }

    #[test]
    fn a_repeated_marker_is_an_error_and_what_was_read_is_kept() {
        for last in ["b", "a"] {
            let (got, _, end) = read(vec![(vec![1], marker("a")), (vec![2], marker("b")), (vec![3], marker(last))]);
            assert_eq!(got, [1, 2, 3]);
            assert_eq!(end.unwrap_err(), "the service repeated a page marker; the list may be incomplete");
        }
    }

    #[test]
    fn the_flag_ends_a_list_and_a_lost_marker_does_not() {
        assert!(matches!(Next::iam(false, Some("a".to_owned())), Next::End));
        assert!(matches!(Next::token(Some(String::new())), Next::End));
        for lost in [None, Some(String::new())] {
            let (got, _, end) = read(vec![(vec![1], Next::iam(true, lost))]);
            assert_eq!(got, [1]);
            assert!(end.unwrap_err().contains("without a marker"));
        }
    }
}

//! Lists that the service gives page by page.

use tonic::Status;

use super::CliError;

/// Entries per page asked of the service.
pub const PAGE: usize = 200;

/// At most `limit` entries, from as many pages as that takes. `next` asks for one of so many entries that starts at the
/// token, which is empty for the first one; it gives the entries and the token of the next page, empty after the last.
pub async fn all_pages<T>(
    limit: usize,
    mut next: impl AsyncFnMut(u32, String) -> Result<(Vec<T>, String), Status>,
) -> Result<Vec<T>, CliError> {
    let mut found = Vec::new();
    let mut page_token = String::new();
    while found.len() < limit {
        let page_size = PAGE.min(limit - found.len()) as u32;
        let (entries, next_page_token) = next(page_size, page_token).await?;
        found.extend(entries);
        page_token = next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pages(limit: usize, there: usize) -> (Vec<usize>, Vec<u32>) {
        let mut sizes = Vec::new();
        let found = all_pages(limit, async |size, token| {
            sizes.push(size);
            let from: usize = token.parse().unwrap_or_default();
            let until = there.min(from + size as usize);
            let token = if until < there { until.to_string() } else { String::new() };
            Ok(((from..until).collect(), token))
        });
        (found.await.expect("there are pages"), sizes)
    }

    #[tokio::test]
    async fn no_more_is_asked_for_than_wanted() {
        assert_eq!(pages(450, 1_000).await, ((0..450).collect(), vec![200, 200, 50]));
        assert_eq!(pages(usize::MAX, 401).await, ((0..401).collect(), vec![200; 3]));
        assert_eq!(pages(0, 5).await, (Vec::new(), Vec::new()));
    }
}

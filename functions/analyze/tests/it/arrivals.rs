//! Files that arrive otherwise than announced end their job with what is wrong with them.

use analyze::Analysis;
use domain::Phase;

use crate::aws::{Aws, LIST};

#[tokio::test]
async fn other_bytes_than_announced_and_too_many_fail_the_job_with_their_reason() {
    let large = vec![b'x'; 2 << 10];
    let changed = LIST.to_ascii_uppercase();
    for (announced, arrived, code, advice) in [
        (LIST, changed.as_slice(), "checksum_mismatch", "Upload it again."),
        (LIST, &LIST[..20], "checksum_mismatch", "Upload it again."),
        (large.as_slice(), large.as_slice(), "too_large", "MaxReadBytes"),
        (LIST, large.as_slice(), "too_large", "at most 1024 are read"),
    ] {
        let aws = Aws::new().await;
        let job = aws.upload(announced, arrived).await;
        let (analysis, job) = aws.analyze(&job).await;
        assert_eq!((analysis.unwrap(), job.phase), (Analysis::Failed, Phase::Failed));
        let error = job.error.as_ref().unwrap();
        assert_eq!(
            (error.code.as_str(), error.about_file, job.can_retry()),
            (code, true, true)
        );
        assert!(error.message.contains(advice), "{}", error.message);
    }
}

//! The buyer's catalogue. There is one for the whole stack, so every test that needs one takes this.

use std::fs::File;

use crate::price_list::PriceList;
use crate::world::World;

/// The products: codes are the buyer's, barcodes are valid GTIN-13 of the range that anyone may use in-house.
const PRODUCTS: &str = include_str!("../fixtures/catalogue.csv");

/// Publishes the catalogue with further rows in the place of the one that all tests share. Only for tests that run alone, and
/// [`load`] it when they are done.
pub(crate) async fn load_with(world: &World, rows: &str) {
    let file = PriceList::new("catalogue.csv", format!("{PRODUCTS}{rows}"));
    let job = world.api.upload_catalogue(&file).await;
    let job = world.api.ended(&job).await;
    assert_eq!(job.phase, "complete", "{job:#?}");
}

/// Makes sure that the catalogue is published. Tests run in processes of their own: the first to come loads it, the
/// others wait for that.
pub(crate) async fn load(world: &World) {
    let path = world.stack.file.with_extension("catalogue.lock");
    let file = File::create(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let waiting = tokio::task::spawn_blocking(move || file.lock().map(|()| file));
    let lock = waiting.await.expect("the waiting thread").expect("the lock");
    let file = PriceList::new("catalogue.csv", PRODUCTS);
    let published = world.api.get("/admin/catalogue").await;
    if published["job"]["file"]["md5"] != file.md5() {
        let job = world.api.upload_catalogue(&file).await;
        let job = world.api.ended(&job).await;
        assert_eq!(job.phase, "complete", "{job:#?}");
        assert_eq!(job.summary().items, 10, "{job:#?}");
    }
    drop(lock);
}

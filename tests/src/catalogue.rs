//! The buyer's catalogue. There is one for the whole stack, so every test that needs one takes this.

use std::fs::File;

use crate::price_list::PriceList;
use crate::world::World;

/// The products: codes are the buyer's, barcodes are valid GTIN-13 of the range that anyone may use in-house.
const PRODUCTS: &str = "\
sku,barcode,name,brand,category,unit,price_eur
HM-450,2000047110135,Claw hammer 450 g fibreglass handle,Hartmond,Hand tools,pcs,14.90
HM-600,2000047110265,Claw hammer 600 g fibreglass handle,Hartmond,Hand tools,pcs,17.90
SW-550,2000047110395,Hand saw 550 mm hardpoint,Kerva,Hand tools,pcs,12.40
LV-060,2000047110524,Spirit level 60 cm aluminium,Kerva,Measuring,pcs,19.00
LV-120,2000047110654,Spirit level 120 cm aluminium,Kerva,Measuring,pcs,31.50
TM-005,2000047110784,Tape measure 5 m,Lindo,Measuring,pcs,5.20
TM-008,2000047110913,Tape measure 8 m,Lindo,Measuring,pcs,7.80
SC-440,2000047111040,Wood screws 4 x 40 mm yellow zinc box of 200,Fixum,Fixings,box,6.10
SC-550,2000047111170,Wood screws 5 x 50 mm yellow zinc box of 200,Fixum,Fixings,box,8.30
GL-310,2000047111309,Construction adhesive 310 ml,Boltec,Chemicals,pcs,4.75
";

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

//! Lists as distributors and small shops send them: the maker's code beside the supplier's, suggested prices, rows that speak
//! like headers, numbered sections with the unit of their prices.
#![allow(clippy::unwrap_used)]

mod shown;

use pricelist::{ReadOptions, read};
use shown::items;

#[test]
fn the_makers_code_stands_beside_the_suppliers() {
    insta::assert_snapshot!(
        [
            "SKU,Part Number,DESCRIPCIÓN,STOCK,COSTO NETO USD,PVP SUGERIDO\nID01LOG58,910-004053,Ratón M9,19,3.6,5390\n\
             ID01LOG59,910-004054,Teclado K1,0,10,20990\nID01LOG60,910-004055,Cámara C2,1,20,32990\n",
            "Part Number,Description,Price\n910-004053,Mouse M9,3.60\n910-004054,Keyboard K1,10\n910-004055,Camera C2,20\n",
            "model,name,brand,hsn,unit,dealer price\nGFRN250,Single door freezer,Rock,84183010,PCS,23500\n\
             RVC400A,Visi cooler,Rock,84185000,PCS,37996\nBS-INST,Installation,Blue,998717,JOB,2360\n",
            "Modelo,Marca,Título,Precio Lista,Código Fiscal,Descripción\nLUBP1,LUX,\"Adaptador, juego de 3\",54.00,39112403,Para controladores\n\
             LUCK1,LUX,Conector de 3 pines,33.75,39112403,Para tiras\nLUDRV,LUX,Fuente 96 W,210.00,39121004,De 24 V\n",
        ]
        .map(items)
        .join("\n")
    );
}

#[test]
fn a_suggested_price_is_the_consumers() {
    insta::assert_snapshot!(items(
        "CodigoSKU,Descripcion,Precio Lista (sin IVA),Precio Sugerido\n112275,Cargador 65W,43692.01,79990\n\
         112276,Cable USB-C,8394.95,14990\n112277,Hub 7 en 1,,49990\n112278,Adaptador,12596.63,19990\n"
    ));
}

#[test]
fn goods_that_speak_like_a_header_are_goods() {
    insta::assert_snapshot!(items(
        "Art;Nummer;Bezeichnung;Einheit;Preis netto;USt %;Aktiv\nLeistung;L-1;Arbeitsstunde;Std.;70,00;19;ja\n\
         Artikel;A-9;Fitting 90°;Stk.;2,50;19;ja\nArtikel;A-10;Preis kaputt;Stk.;abc;19;ja\nArtikel;A-12;Rohr;m;12,90;19;nein\n"
    ));
}

#[test]
fn numbered_sections_say_what_their_prices_are_for() {
    insta::assert_snapshot!(items(
        ",PRICE LIST,,\n,,,\n\"1 - OILS, VINEGARS\",,$ per bottle,\n,coconut oil 125 ml,$5.50,\n,olive oil 1/2 l,$3.00,\n\
         ,malt vinegar,$2.13,\n,2 - OATS,,$ per kg\n,instant oats,$2.00,\n,rolled oats,$2.05,\n"
    ));
}

#[test]
fn codes_are_written_as_formulas() {
    insta::assert_snapshot!(items(
        "Bezeichnung;EAN;Artikelnummer;Menge;Preis netto;Zeitpunkt\nHerrenring Gold;=\"4000000000020\";=\"0071\";1;100,00;01.02.2026 10:00:00\n\
         Herrenring Gold;=\"4000000000020\";=\"0072\";1;110,00;01.02.2026 10:05:00\nKette Silber;=\"4000000000037\";=\"0073\";1;10,00;01.02.2026 10:09:00\n"
    ));
}

#[test]
fn quantities_are_grouped_where_prices_have_a_point() {
    let list =
        "SKU,Part,Unit Price,MOQ\nB-1,Bearing,$42.50,100\nB-2,Bar,115.25 USD,\nB-3,Fastener,0.35 USD,\"1,000\"\n";
    let reading = read(list.as_bytes(), &ReadOptions::default()).unwrap();
    let orders: Vec<Option<String>> = reading
        .items
        .iter()
        .map(|item| item.minimum_order.map(|order| order.to_string()))
        .collect();
    assert_eq!(orders, [Some("100".to_owned()), None, Some("1000".to_owned())]);
}

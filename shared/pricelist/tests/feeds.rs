//! Feeds of shops and distributors: ids of records beside codes, levels of categories, codes below names, names of the buyer
//! beside the supplier's.
#![allow(clippy::unwrap_used)]

mod shown;

use pricelist::{ReadOptions, read};
use shown::items_of;

#[test]
fn a_code_is_the_code_before_the_id_of_a_record() {
    insta::assert_snapshot!(items_of([
        "product_id,title,vendor,variant_id,sku,price\n81120033400551,Garden lamp,Lumo,77120033400117,x00214,49.90\n81120033400777,Wall lamp brass,Tessel,77120033400335,L3380021,129.00\n81120033401222,Desk lamp,Lumo,77120033400998,061557,75.00\n",
        "r56,Nama,Satuan,HNA + PPN\n220031770155,Permen jahe,BOX,41500\n00220031770156B,Permen mint,TOPLES,28750\n03.05.11.2.7731,Minyak 8 ml,PC,7600\n05518200331 7,Sabun batang,BOX,1850\n02114K09D,Teh celup,BOX,12400\n20611047233,Popok bayi,PAK,49900\n24422510337,Salep luka,PC,13200\n4017722,Lilin putih,PAK,900\n0611729948C3,Balsem 100 g,PC,21700\n77118820433,Mentega 200 g,PAK,9100\n0220711,Tisu kotak,DOS,6500\n",
    ]));
}

#[test]
fn levels_of_categories_are_one_path() {
    insta::assert_snapshot!(items_of([
        "sku,descrizione,categoria1,categoria2,categoria3,prezzo\n021443,Forno a gas 60 cm,Cottura,Forni,A gas,415.00\n033817,Filtro cappa,Aspirazione,Accessori,,23.50\n052290,Spazzola rotante,Pulizia,Ricambi,Spazzole,9.80\n",
        "Kod;Nazwa;Kategoria;Podkategoria;Cena netto\nM1;Młotek 300 g;Narzędzia;Młotki;21,00\nW1;Wkrętak płaski;Narzędzia;Wkrętaki;6,50\nR1;Rękawice robocze;Odzież;Rękawice;4,20\n",
        "1,SOFAS,10,Cama nido,2200\n1,SOFAS,11,Rinconera,3100\n2,MESAS,12,Centro roble,830\n2,MESAS,13,Auxiliar,410\n3,SILLAS,14,Comedor haya,190\n3,SILLAS,15,Taburete,120\n",
    ]));
}

#[test]
fn a_code_may_stand_below_the_name_in_its_cell() {
    insta::assert_snapshot!(items_of([
        "STT;Tên hàng / Mã sản phẩm;ĐVT;Giá mới\n1;\"Gạch lát nền 30x30\nGLNX30300\";Viên;21500\n2;\"Gạch lát nền 40x40\nGLNX40400\";Viên;34200\n3;\"Gạch ốp tường\nGOTX25400\";Viên;28900\n4;Keo dán gạch 25kg;Bao;187000\n",
    ]));
}

#[test]
fn of_two_names_the_one_that_all_rows_have_is_the_name() {
    insta::assert_snapshot!(items_of([
        "Kategorija,Naziv (tvoja lista),Naziv na sajtu,Cena (RSD),Napomena\nSirevi,Kozji sir,Kozji sir 200 g,890,\nSirevi,Ovčiji sir,,,nije pronađeno u ponudi\nMasline,Zelene masline,Zelene masline 1 kg,760,\nMasline,Crne masline,Crne masline 1 kg,780,\nMasline,Punjene masline,,,nije pronađeno u ponudi\nUlja,Maslinovo ulje,Ulje 0.5 l,1450,\n",
    ]));
}

#[test]
fn bottles_per_crate_are_its_size_and_a_word_after_the_currency_the_unit() {
    let of = |list: &str| read(list.as_bytes(), &ReadOptions::default()).unwrap().items;
    let drinks = of(
        "#,Drink,Bottles per crate,Buy per crate,Sell per bottle\n1,Ginger ale,12,7200,850\n2,Cola,6,3900,900\n3,Stout,24,15600,950\n",
    );
    let read: Vec<_> = drinks
        .iter()
        .map(|item| (item.pack_size.unwrap().to_string(), item.price.unwrap().to_string()))
        .collect();
    assert_eq!(
        read,
        [("12", "7200"), ("6", "3900"), ("24", "15600")].map(|(size, price)| (size.to_owned(), price.to_owned()))
    );
    let wood = of("Holz;Preis\nEsche;28,-- €/rm\nErle;19,-- €/rm\nKiefer;15,-- €/rm\n");
    assert!(wood.iter().all(|item| item.unit.as_ref().unwrap().original == "rm"));
}

#[test]
fn every_price_of_a_trade_is_kept_and_the_buyers_without_tax_comes_first() {
    insta::assert_snapshot!(items_of([
        "Part Number|Desc|List|Jobber|Core|WD Net|UOM|Pkg Qty\nBR-101|Brake rotor front|89.95|62.10|0.00|48.25|EA|1\nBR-102|Brake rotor rear|74.95|51.70|0.00|40.10|EA|1\nAL-300|Alternator reman|219.00|151.20|45.00|118.75|EA|1\n",
        "Obchodní název;Balení;Kód;DMOC s DPH;NC bez DPH;Skladem\nHnojivo univerzální;1 kg;H001;129;78,50;ano\nSubstrát 50 l;50 l;S050;159;96,00;na dotaz\nHnojivo růže;1 kg;H002;139;84,30;ne\n",
        "序号,商品编码,商品名称,规格型号,单位,含税单价(元),不含税单价,库存\n1,SP001,不锈钢螺丝,M4*20,盒,12.50,11.06,有货\n2,SP002,不锈钢螺丝,M5*25,盒,15.80,13.98,缺货\n3,SP003,角磨机,100mm,台,168,148.67,有货\n",
    ]));
}

#[test]
fn tiers_are_kept_beside_plants_whose_latin_name_is_not_their_name() {
    let list = "Plant,Latin name,Pot,1-9,10-49,50+\nLavender,Lavandula angustifolia,2L,£3.20,£2.95,£2.70\nRosemary,Salvia rosmarinus,2L,£3.40,£3.10,£2.85\nYew,Taxus baccata,5L,£9.80,£9.20,£8.60\n";
    let items = read(list.as_bytes(), &ReadOptions::default()).unwrap().items;
    let names: Vec<Option<&str>> = items.iter().map(|item| item.name.as_deref()).collect();
    assert_eq!(names, [Some("Lavender"), Some("Rosemary"), Some("Yew")]);
    let prices: Vec<String> = items[2]
        .prices
        .iter()
        .map(|price| format!("{}: {}", price.name, price.price))
        .collect();
    assert_eq!(prices, ["1-9: 9.8", "10-49: 9.2", "50+: 8.6"]);
}

#[test]
fn a_short_specification_tells_goods_of_one_name_apart() {
    insta::assert_snapshot!(items_of([
        "品番,品名,規格,入数,単位,定価,仕切価格\nK-100,六角ボルト,M8x30,100,本,35,21\nK-101,六角ボルト,M10x40,50,本,58,34\nK-200,平座金,M8,200,枚,8,4.5\n",
    ]));
}

#[test]
fn an_old_price_is_none_and_one_of_two_prices_is_no_other_field() {
    insta::assert_snapshot!(items_of([
        "No,Test,Price_old,Price\n1,Blood count,90,110\n2,Sodium,140,180\n3,Vitamin D,700,860\n",
        "Material:;;Riktpris [kr/ton, exkl. moms], fritt lastat på bil:;Riktpris [kr/ton, inkl. moms], fritt lastat på bil:\n0/3 sand, tvättad;;64;80\n0/5 kross;;72;90\n8/11 singel från ås;;120;150\n",
    ]));
}

#[test]
fn names_are_neither_paths_nor_what_goods_must_not_hold_and_no_id_completes_them() {
    insta::assert_snapshot!(items_of([
        "/api/v3/address/check,Address check,45.50\n/api/v4/person/lookup,Person lookup (real-time),30\n/api/company/report/pdf,Company report,120\n/api/v2/phonesearch,Phone search by name,380\n",
        "Kód odpadu;Popis odpadu;Odpad nesmí obsahovat;Cena bez DPH/t\n17 01 01;kusy betonu do 30 cm;nátěry, povlaky a ropné látky z jakéhokoli zdroje;110,-\n17 01 01;kusy betonu nad 30 cm;nátěry, povlaky a ropné látky z jakéhokoli zdroje;230,-\n17 01 02;cihly;zeminu, nátěry a povlaky z jakéhokoli zdroje;140,-\n",
        "Product Name,Variant ID,SKU,Price\nCotton blanket 450gsm,2661,BL-03,14.35\nCotton blanket 450gsm,2662,BL-08,14.35\nBath mat,2673,BM-01,3.24\n",
    ]));
}

#[test]
fn a_name_is_written_in_two_parts_and_an_offer_is_the_price_where_there_is_one() {
    insta::assert_snapshot!(items_of([
        "Bestell-Nr;Bezeichnung 1;Bezeichnung 2;Listenpreis;Nettopreis;gültig ab\n4711-01;Kugelhahn;DN 15 PN 40;24,80;14,38;01.01.2026\n4711-02;Kugelhahn;DN 20 PN 40;31,20;18,10;01.01.2026\n4799;Dichtungssatz;für DN 15-20;45,00;29,25;01.01.2026\n",
        "Line,Product,Case,Price,Unit,VAT,Offer,Offer ends\nFROZEN,,,,,,,\n1201,Chips 10mm,4x2.5kg,11.49,case,Z,9.99,31/03/2026\n1202,Peas garden,12x1kg,13.20,case,Z,,\nCHILLED,,,,,,,\n2301,Butter salted,40x250g,62.00,case,Z,,\n2302,Cheddar mature,2x5kg,58.40,case,Z,54.00,15/03/2026\n",
    ]));
}

#[test]
fn a_count_says_more_of_the_stock_than_a_flag() {
    let list = "sku;title;price;qty;is_in_stock;weight\nAB-1;Garden chair;49.00;14;1;4.2\nAB-2;Garden table;120.00;3;1;11\nAB-3;Parasol;79.00;0;0;6\n";
    let items = read(list.as_bytes(), &ReadOptions::default()).unwrap().items;
    let stock: Vec<String> = items
        .iter()
        .map(|item| item.availability.as_ref().unwrap().original.to_string())
        .collect();
    assert_eq!(stock, ["14", "3", "0"]);
}

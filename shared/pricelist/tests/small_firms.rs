//! Lists that small firms write by hand or their tills and shops give out: few words in the header or none, services beside
//! goods, prices of dealers, names in several languages, remarks between the goods.
#![allow(clippy::unwrap_used)]

mod shown;

use pricelist::{ReadOptions, read};
use shown::{items, items_of};

#[test]
fn the_price_is_the_dealers_the_wholesale_or_the_reduced_one() {
    insta::assert_snapshot!(items_of([
        "CODE,DESCRIPTION,MRP,MDP,SDP\nTR-1,Towel ring,1000,847.45,860\nTR-2,Towel rail 600 mm,9000,7627.11,7700\nTR-3,Soap dish,4100,3000,3100\n",
        "Товар;Цена, руб;Цена опт, руб\nНасос Вихрь;5200;4800\nШланг 20 м;1500;1320\nФильтр;640;590\n",
        "No,Name,Rate,80%-Discount Price\n1,Sparklers 10 cm,40,₹ 8.00\n2,Flower pots,825,₹ 165.00\n3,Ground chakkar,225,₹ 45.00\n",
        "Código;Producto;Precio especial;Su precio\nC-1;Taladro;95,00;89,00\nC-2;Sierra;60,00;57,50\nC-3;Lijadora;70,00;64,00\n",
        "품명,판매가격,거래처가격(60%)\n의자 35,250000,150000\n책상 1400,450000,270000\n선반 2칸,150000,90000\n",
    ]));
}

#[test]
fn without_a_header_the_lower_of_two_prices_or_the_first_of_more_is_the_price() {
    insta::assert_snapshot!(items_of([
        "Omega 3, 90 softgels;2190;1781\nGlucosamine 90 tablets;2490;1969\nTaurine 500 mg;1290;1013\nVitamin K2;1790;1218\nZinc 25 mg;990;700\nBiotin;890;610\n",
        "1;Porto;2970;76\n2;Lisbon;2970;76\n4;Madrid;3668;122\n5;Seville;3668;122\n9;Lyon;4433;182\n13;Turin;4585;198\n17;Riga;5302;243\n",
        "ACT-001;5000;8000;8000;13500\nACT-002;6000;10000;10000;15000\nACT-003;10500;10500;10500;15000\nACT-007;500;1000;1000;1500\nACT-009;4000;4000;4000;4000\nACT-011;900;1500;1500;2500\n",
    ]));
}

#[test]
fn a_list_without_a_header_has_short_names_brands_and_whole_prices() {
    insta::assert_snapshot!(items_of([
        "lyd og bilde;1500\ntransport;1500\nfotograf;1500\nover 15 personer;12400\nreise;300\nfast pris;2500\n",
        "Salat,8,16711680\nKaffee,3.5,3176655\nSandwich,5.0,16495123\nSuppe,8,16711680\nKuchen,2,16713207\nGipfeli,1.5,16713207\n",
        "MAHLE;LX-1074;650;Фильтр воздушный Mahle\nBOSCH;986-AB;1300;Катушка зажигания\nMAHLE;KX-222D;480;Фильтр топливный\n\
         BOSCH;986-AC;1450;Катушка зажигания\nNGK;BKR6E;120;Свеча NGK никелевая\nNGK;BKR5E;125;Свеча обычная\n",
        ",,,,HK$/元,,,\n,綠茶,,,,,,\n,1,明前龍井,250g,\"$1,388\",,Premium Dragon Well Green Tea,\n,2,碧螺春,250g,$338,,Green Spiral Spring Tea,\n\
         ,,,,,,,\n,紅茶,,,,,,\n,1,正山小種,125g,$148,,Lapsang Souchong Tea,\n,3,金駿眉,125g,$480,,,\n",
    ]));
}

#[test]
fn the_brand_of_a_list_without_a_header_is_the_word_that_names_say_again() {
    let list = "MAHLE;LX-1074;650;Фильтр воздушный Mahle\nBOSCH;986-AB;1300;Катушка зажигания\nMAHLE;KX-222D;480;Фильтр топливный\n\
                BOSCH;986-AC;1450;Катушка зажигания\nNGK;BKR6E;120;Свеча NGK никелевая\nNGK;BKR5E;125;Свеча обычная\n";
    let reading = read(list.as_bytes(), &ReadOptions::default()).unwrap();
    let brands: Vec<Option<&str>> = reading.items.iter().map(|item| item.brand.as_deref()).collect();
    assert_eq!(brands, ["MAHLE", "BOSCH", "MAHLE", "BOSCH", "NGK", "NGK"].map(Some));
}

#[test]
fn the_name_is_the_product_not_its_description_and_the_first_of_several_languages() {
    insta::assert_snapshot!(items_of([
        "produto,preco,descricao\nTORRADA,\"R$ 14,00\",\"Maionese, tomate, alface e queijo no pão de forma\"\nPASTEL,\"R$ 9,00\",\"Carne moída, ovo e azeitona\"\nSUCO,\"R$ 7,00\",Laranja ou uva da casa\n",
        "Prodotto (IT),Product (EN),Produit (FR),Prezzo\nSucco multifrutti,Mixed fruit juice brick,Jus multifruits,0.60\nAcqua frizzante,Sparkling water bottle,Eau gazeuse,0.35\nNoci miste,Nut mix bag,Mélange de noix,2.35\n",
        "Model,Description,Price\nEG-105G-V3,5-port gigabit cloud router with two uplinks,1000\nRAP-62,Dual band access point for ceilings,1567\nES-08G,8-port desktop switch made of steel,497\n",
        "Artikel;Fabrikantscode;Omschrijving;Prijs\nACR-DG.BQ1;DG.BQ1;Desktop pc 16 GB;939,00\nACR-DG.BQ2;DG.BQ2;Desktop pc 32 GB;1019,00\nACR-GP.BAG1;GP.BAG1;Rugzak zwart;128,43\n",
        "kategoria_id;tuote_id;tuote_nimi;hinta\n1.10;17;Kahvi 250 g;2,20\n1.10;12;Kahvi 500 g;4,00\n2.10;41;Valot 50 kpl;5,00\n",
    ]));
}

#[test]
fn a_name_of_one_cell_stands_for_the_rows_below_and_a_row_may_be_called_by_its_type() {
    insta::assert_snapshot!(items_of([
        "Usługa,Czas trwania,Płatność\nOprowadzanka,15 min,40\n,30 min,60\nLonża,30 min,80\nTeren,60 min,90\n,90 min,120\n,120 min,150\nRazem,,540\n",
        "Type,SubType,Model,UnitPrice\nRLC,Resistor,,0.25\nRLC,Inductor,,2\nDiode,Signal,1n4148,1\nBJT,NPN,2N3904,2.5\nBJT,PNP,2N3906,2.6\nDiode,Power,1N4007,1.1\nDiode,Zener,,1.4\n",
        "brand_key,display,level,price\naudi,Audi,Service 1,110\naudi,Audi,Service 2,190\nbmw,BMW,Service 1,125\nbmw,BMW,Service 2,210\n",
    ]));
}

#[test]
fn remarks_between_goods_are_neither_goods_nor_sections() {
    insta::assert_snapshot!(items_of([
        "Gruppe;Artikel;je;Preis;Herkunft;Label;Bestellmenge;Summe\n2;Eier Größe M;St;0,55;Selk;Bioland;0;0,00 €\n1;Kartoffeln;kg;2,95;eigene Ernte;Bioland;0;0,00 €\n\
         1;Rucola;100 g;2,40;Hamburg;demeter;0;0,00 €\n3;Beeren;200 g;4,50;eigene Ernte;Bioland;0;0,00 €\n\
         2;Möhren;kg;2,20;Selk;Bioland;0;0,00 €\n1;Lauch;kg;3,10;Selk;demeter;0;0,00 €\n5;Lieferung ans Haus wird errechnet;;;;;0;0,00 €\n",
        "No,Name,Price\n1,Blue fountain (small,550\n,and large),\n2,Sparkler,45\n3,Rocket,90\n,(3 pcs),\n4,Candle,12\n",
        "#call us before noon,,\n#Vegetables,,\nChard,each,900\nOnion,kg,250\nKale,kg,1000\n#Fruit,,\nLemon,kg,1000\nOrange,kg,1500\n",
        "id,price\n\n# FACADE\nfacade.wood,1200\nfacade.plaster,3980\n\n# CANOPY\ncanopy.glass,700\ncanopy.steel,650\n",
    ]));
}

#[test]
fn money_is_named_by_a_sign_elsewhere_counted_in_cents_or_told_from_kilometres() {
    insta::assert_snapshot!(items_of([
        "File,Title,USD\na.csv,Journal of Tea,2690\na.csv,Letters on Coffee,2600\nb.csv,Annals of Water,1180\n",
        "Type_Tarif,tarif_par_km\nPrise en charge,1.90\nTarif A,0.81\nTarif B,1.13\n",
        "upc,qty,cents,name,cost_qty,cost_cents\n200582000003,1,7799,Whisky,1,6000\n263973000006,1,2219,Vodka,1,1700\n008471590037,1,229,Mixer,1,179\n",
        "nome;prezzo;prezzo_str\nGel oro;9.7;9,70 €\nGel arancio;6.1;6,10 €\nLima;23.92;23,92 €\n",
        "Model;Prices in cents S;Prices in cents M;Prices in cents L\nShirt;1250;1350;1450\nVest;990;1090;1190\nPolo;1500;1600;1700\n",
        "Country,Code,Price/Minute\nAlbania,(+355),$0.239-$1.705\nRomania,(+40),$0.008-$0.032\nPeru,(+51),$3.30-$3.30\n",
        "Prohlídka,500 Kč\nÚkon na žádost,á 10 min 100 Kč\nVýpis,200 - 300 Kč\nZpráva,250 Kč\nDuplikát,50 Kč\nOčkování,350 Kč\n",
        "NOME\tGRUPO\tPDV\tDISPONIVEL\nCafé gelado\tMilk Shake\t24.00\tS\nÁgua 500 ml\tÁgua\t6.00\tS\nSundae\tTaça\t15.50\tN\n",
    ]));
}

#[test]
fn barcodes_are_zero_or_several_in_a_cell() {
    let list = "Code;Name;Price;Barcode\nA-1;Tissues;5,90;\"piece 4006381333931\ncase 4006381333948\"\nA-2;Towels;3,90;0\nA-3;Rolls;9,90;4006381333955\n";
    let reading = read(list.as_bytes(), &ReadOptions::default()).unwrap();
    let barcodes: Vec<Option<&str>> = reading.items.iter().map(|item| item.barcode.as_deref()).collect();
    assert_eq!(barcodes, [Some("4006381333931"), None, Some("4006381333955")]);
}

#[test]
fn goods_are_named_in_further_languages() {
    insta::assert_snapshot!(items_of([
        "ID;Ad;Qiymət;Kateqoriya\n346593;Çaydan 1,7 l;40.98;Çaydanlar\n346594;Ülgüc;18.09;Ülgüclər\n346595;Hovuz;28.07;Hovuzlar\n",
        "Kodi;Nomi;Narxi;Qoldiq\n11;Choy 100 g;12000;5\n12;Shakar 1 kg;14000;8\n15;Guruch 1 kg;18000;2\n",
        "Код;Атауы;Бағасы;Қалдық\nK-11;Шай 100 г;1200;5\nK-12;Қант 1 кг;1400;8\nK-15;Күріш 1 кг;1800;2\n",
        "კოდი;დასახელება;ფასი\nG-1;ჩაი 100 გ;5,20\nG-2;შაქარი 1 კგ;4,10\nG-3;ბრინჯი 1 კგ;6,30\n",
    ]));
}

#[test]
fn a_quantity_of_many_zeros_is_stock_and_a_remark_in_the_names_column_no_item() {
    let list = "SKU;Price;Price Old;Quantity\n33433;4179;4798;0\n33042;6595;8000;0\n32504;1365;1762;33\n4935;3608;5070;5\n33037;3366;4000;0\n41175;990;1290;12\n";
    let reading = read(list.as_bytes(), &ReadOptions::default()).unwrap();
    let stock = |at: usize| reading.items[at].availability.as_ref().unwrap().original.to_string();
    assert_eq!([stock(0), stock(2), stock(5)], ["0", "33", "12"]);
    insta::assert_snapshot!(items_of([
        "Typ vozu;Cena (Kč);Poznámka\nSedan;3000;\nCombi;3400;\nPickup;3000;\nAutobus;;dohodou\nPoznámka;;Ceny bez předních oken, ta +1000 až 1300 Kč.\n",
        "artikel;name;ek\n200001;Abdeckhaube;1\n200002;Platte 20 mm;1\n200005;Platte 30 mm;1\n200005;Platte 30 mm;1\n200016;Wickelbandage;1\n200022;Kleber;1\n\
         200031;Rohr 16 x 2;1\n200032;Rohr 17 x 2;1\n200040;Klammer;1\n200041;Schiene;1\n200045;Dämmung;1\n",
        "Spice,Cuisine,Flavor,Usage,Price\nAllspice,Caribbean,\"Earthy, sweet\",\"Soups, desserts, breads\",5.95\nBasil,Thai,Sweet,\"Dressings, sauces, marinades\",3.75\n\
         Cardamom,Indian,Sweet,\"Curries, rice, sweets\",2.55\nOregano,Greek,Bitter,\"Soups, tomato sauces\",2.80\n",
        "region,type,weight_min,weight_max,base_price\nUSA,card,0,50,140\nUSA,card,51,100,220\nUSA,small packet,0,100,830\nUSA,small packet,101,200,1040\n",
        "102;Kreide;0.99;1\n101;Tusche;1.65;12\n105;Folienstift;1.21;11\n104;Radierer;0.5;200\n117;Lineal;0.49;31\n106;Spitzer;0.99;412\n",
    ]));
}

#[test]
fn lists_without_headers_stand_side_by_side() {
    insta::assert_snapshot!(items(
        "Tea,3.5,,Rice,2.5\nCoffee,7,,Beans,1.9\nCocoa,4.2,,Lentils,2.1\nMilk,1.1,,Flour,0.9\nSugar,1.3,,Oats,1.7\nSalt,0.6,,Corn,1.2\nHoney,5.2,,,\n"
    ));
}

#[test]
fn sizes_head_prices_and_what_is_called_article_or_number_is_what_its_cells_are() {
    insta::assert_snapshot!(items_of([
        ";Pizza;;;\n;;Klein 26cm;Mittel 30cm;Groß 40cm\n1;Margherita;7,50;8,90;15,90\n2;Salami;8,20;9,80;17,50\n3;Funghi;8,00;9,50;17,00\n",
        "Artículo,Marca,Modelo,Stock,Precio sin IVA,Precio con IVA\nTaladro,Brosa,GB 550,12,65.00,78.65\nSierra,Mekto,4329,3,92.50,111.93\nLijadora,Brosa,PS 200,0,48.00,58.08\n",
        "Nr.;Artikelbeschreibung;Preis/100 Stk;Mindestabnahme\n501;Kabelbinder schwarz;2,40;1000\n502;Kabelbinder weiß;2,40;1000\n503;Klebesockel;4,10;500\n",
        "Artikkeli,Kuvaus,Yksikkö,Hinta alv 0 %,Hinta alv 25.5 %\nA-10,Ruuvi 4x40,kpl,0.05,0.06\nA-11,Ruuvi 5x60,kpl,0.09,0.11\nB-20,Liima 300 ml,plo,4.20,5.27\n",
        "SAP Material;Kurztext;Basismengeneinheit;Nettopreis;Preiseinheit;Währung\n000000000010023456;SCHRAUBE M6X20;ST;4,35;100;EUR\n000000000010023457;SCHRAUBE M8X30;ST;7,90;100;EUR\n000000000010033001;DICHTRING 12X16;ST;0,21;1;EUR\n",
    ]));
}

//! Lists of services, workshops, farms and wholesalers: prices headed by but the tax, crowns, tiers in words, tables that stand
//! below each other under headings, headers without a known word.
#![allow(clippy::unwrap_used)]

mod shown;

use shown::items_of;

#[test]
fn a_header_that_says_but_the_tax_heads_prices_and_those_without_it_come_first() {
    insta::assert_snapshot!(items_of([
        "Tjeneste;Eks. mva;Inkl. mva\nTime elektriker;Kr 640,00;Kr 800,00\nFrammøte by;Kr 200,00;Kr 250,00\nRør pr. meter;Kr 16,00;Kr 20,00\n",
        "Désignation;TTC;HT\nNettoyage vitres;48,00;40,00\nPonçage parquet;36,00;30,00\nPeinture plafond;24,00;20,00\n",
        "Ref;Serviço;Preço por ponto;Pontos;Preço;Taxa IVA\nS10;Afinação;0,05;40;2,00;23\nS11;Lavagem;0,05;120;6,00;23\nS12;Polimento;0,05;300;15,00;23\nS13;Secagem;0,05;20;1,00;23\nS14;Pintura;0,05;60;3,00;23\n",
    ]));
}

#[test]
fn crowns_are_money_and_their_country_is_told_by_the_language() {
    insta::assert_snapshot!(items_of([
        "Matjord sållad;310 kr/ton\nBärlager 0–32;190 kr/ton\nGranbark;540 kr/m³\nHöstgödsel på säck;85 kr/st\n",
        "Ydelse;Pris\nVinduespudsning, små ruder;450 kr.\nGulvafslibning;120 kr.\nKørsel, moms tillægges;5 kr.\n",
        "Item;Price\nHammer;120 kr\nTape;45 kr\nBucket;60 kr\n",
    ]));
}

#[test]
fn a_header_without_known_words_heads_the_only_numbers() {
    insta::assert_snapshot!(items_of([
        "ITEM,BOTTLE N$\nDry gin 750ml,240\nTonic 200ml,15\nRed wine 750ml,120\nApple cider 500ml,31\n",
        "Munkafolyamat;Egység;Munkadíj\nCsempézés;M2;6200.-\nFugázás;fm;700.-\nBontás;M2;egyedi árazás\nFestés;M2;1900.-\n",
        "ขนาดเหล็กเส้น,kg,ราคา EF ก่อน VAT7%\nRX5,1.20,31.50 (กทม)\nRX8,3.40,88.25 (กทม.)\nDX10,6.10,150.75\nDX14,11.90,301.10\n",
    ]));
}

#[test]
fn tiers_are_written_in_words_and_a_size_is_what_its_row_is_called() {
    insta::assert_snapshot!(items_of([
        "Format;1;2 à 4;5 à 9;10 à 49;200+\n9 × 13 cm;0,89;0,85;0,80;0,72;0,55\n20 × 20 cm;3,20;3,10;2,95;2,60;2,10\n30 × 45 cm;7,40;7,10;6,80;6,05;5,20\n",
        "Service,Interval,Price\nChimney sweep,Every year,£60 / £80\nBoiler check,Every 2 years,£110 / £105\nFlue repair,When needed,POA\n",
    ]));
}

#[test]
fn what_adds_up_material_and_labour_is_the_price() {
    insta::assert_snapshot!(items_of([
        "SN,Code,Description,Unit,Material Price,Labor Price,Total,Remarks\n1,WD01,Door hinge heavy,PC,60,90,150,\n2,WD02,Curtain cleaning,VISIT,,120,120,\n3,WD03,Lock set,PC,300,180,480,from stock\n4,WD04,Floor mat,M2,45,30,75,\n",
        "Code,Description,Price,Delivery,Total\nA1,Garden bench,120,30,150\nA2,Garden table,200,30,230\nA3,Parasol,80,30,110\n",
    ]));
}

#[test]
fn tables_below_each_other_are_under_the_headings_above_their_headers() {
    insta::assert_snapshot!(items_of([
        "Huollot;;\nPalvelu;Sisältää;Hinta\nPikahuolto;Jarrut ja ketju;35 €\nSuurhuolto;Kaikki osat puretaan ja puhdistetaan;95 €\n;;\n\
         Renkaat;;\nPalvelu;Kuvaus;Hinta\nPaikkaus;Reikä etsitään ja paikataan;12 €\nVaihto;Ulkorengas vaihdetaan;22 €\n",
        "Quesos;;\nProducto;Mayorista;\nSardo;$ 12.450;\nRicota;$ 980;\n;;\nFiambres;;\nProducto;Precio x Kg;Precio x Kg llevando 10 Kg\nMortadela;$ 3.310;$ 2.990\nSalame;$ 8.250;$ 7.800\n",
    ]));
}

#[test]
fn lines_of_a_page_lead_to_the_price_by_a_dash_or_a_colon() {
    insta::assert_snapshot!(items_of([
        "Price list spring\n\nHedge trimming - £25 per hour\nLawn mowing - £18 per hour\nGarden clearance - from £120\nPatio cleaning - £3.50 per m2\n",
        "Unsere Preise\n\nHaarschnitt Damen: 38,00 €\nHaarschnitt Herren: 24,00 €\nFärben: ab 45,00 €\nDauerwelle: 62,00 €\n",
        "Мойка кузова — 800 руб.\nМойка салона — 1200 руб.\nПолировка — от 2500 руб.\n",
    ]));
}

#[test]
fn what_is_for_nothing_or_by_anothers_list_is_an_item_without_a_price() {
    insta::assert_snapshot!(items_of([
        "Nature des déchets;Prix de la tonne en €;Prix au m³ en €\nCartons et ferrailles;gratuit;gratuit\nGravats;28,00;35,00\nDéchets verts;41,00;12,00\nBois;65,00;18,00\n",
        "Vyšetření vstupní,500 Kč\nVyšetření periodické,450 Kč\nVýpis z dokumentace,200 - 300 Kč\nOčkovací látky,Cena dle aktuálního ceníku dodavatele\nAplikace injekce,150 Kč\n",
    ]));
}

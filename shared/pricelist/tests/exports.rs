//! Lists as programs for shops, stock and accounts export them: paths as headers, two prices of a shop, stock in several places,
//! lines in quotes, lists without a header.
#![allow(clippy::unwrap_used)]

mod shown;

use shown::items;

#[test]
fn headers_are_paths_of_one_group() {
    insta::assert_snapshot!(items(
        "Price list,Rules/Product,Rules/Min. quantity,Rules/Fixed price,Rules/Applied on\n\
         Spring,Garden hose 20 m,1,23000,Product\n,Watering can 10 l,6,22000,Product\n,Spade,1,20500,Product\n"
    ));
}

#[test]
fn the_number_of_a_price_list_is_no_price() {
    insta::assert_snapshot!(items(
        "Price list ID,Price list name,Product name,SKU,Qty band 1,Price 1,Qty band 2,Price 2\n\
         16,Trade,Bath rug,TB01,1,15.75,25,13.97\n16,Trade,Face cloth,TC01,1,0.43,440,0.40\n16,Trade,Slippers,SL02,1,1.11,100,1.05\n"
    ));
}

#[test]
fn a_shop_has_a_regular_price_and_some_prices_of_a_sale() {
    insta::assert_snapshot!(
        [
            "Sku;stock_quantity;regular_price\n7000600101;4;22500\n1001300152;61;2090\n1001300151;124;3920\n",
            "SKU,Name,Regular price,Sale price\nT1,Kettle,24.90,\nT2,Toaster,31.50,27.00\nT3,Mixer,49.00,\nT4,Grill,64.00,\n",
        ]
        .map(items)
        .join("\n")
    );
}

#[test]
fn each_line_stands_in_quotes_as_a_whole() {
    insta::assert_snapshot!(items(
        "\"Code,Name,Price EUR\"\n\"A1,\"\"Tap, brass\"\",12.50\"\n\"A2,Hose,3.00\"\n\"A3,Clamp,0.90\"\n\"A4,Joint,4.10\"\n\"A5,Seal,0.15\"\n"
    ));
}

#[test]
fn thousands_are_written_with_a_letter() {
    insta::assert_snapshot!(items(
        "produk,masa,harga\nLangganan film,1 hari,5K\nLangganan film,1 bulan,45K\nLangganan musik,1 bulan,32rb\nDesain,1 tahun,1,2 jt\n"
            .replace("1,2 jt", "\"1,2 jt\"")
            .as_str()
    ));
}

#[test]
fn columns_under_a_group_are_what_they_are_called_themselves() {
    insta::assert_snapshot!(
        [
            // Weights and lengths of packs are no prices, whatever "netto" says elsewhere.
            ";;;Opakowanie jednostkowe;;;Karton\nKod towaru;Nazwa;Cena netto;Waga brutto;Waga netto;Długość;Waga netto\n\
             R10;Długopis;8,48 zł;0,04;0,03;135,0;11,5\nR20;Pióro;12,80 zł;0,05;0,04;140,0;12,5\nR30;Ołówek;1,15 zł;0,01;0,01;175,0;9,0\n",
            // Stock in a shop called "wholesale" is no wholesale price.
            "Артикул;Наименование;Опт;Розничная;Саранск опт;Центр\n;;Цена;Цена;Остаток;Остаток\n\
             084120;Болт колёсный;95;140;4;20\n185140;Гайка колёсная;88,5;130;8;12\n101044;Секретка;64;99;2;16\n",
        ]
        .map(items)
        .join("\n")
    );
}

#[test]
fn goods_without_a_price_head_no_section_where_all_name_their_category() {
    insta::assert_snapshot!(items(
        "Category,Dish,Price\nStarters,Stuffed pastry,\nStarters,Puff,2\nStarters,Grilled fish,8\nSalads,Hummus,1.10\nSalads,Beet,\nSalads,Tahini,1.10\n"
    ));
}

#[test]
fn a_section_says_price_again() {
    insta::assert_snapshot!(items(
        "Наименование товара;Стоимость, руб;Стоимость опт, руб;Наличие, шт\nТМГ-25;61538,18;49846;63\nТМГ-63;81812,94;66269;86\n\
         Трансформатор сварочный;Стоимость;#ЗНАЧ!;31\nПУЛЬС 305;9288,28;7524;23\nТДМ-252;9360,00;7582;64\n"
    ));
}

#[test]
fn a_name_of_a_series_is_completed_by_that_of_the_item() {
    insta::assert_snapshot!(items(
        "marka,seri adı,varyant,hacim,fiyat\nTrix,Matara,Aslan 500 ml su şişesi,500ml,2100\nTrix,Matara,Tavus 350 ml su şişesi,350ml,1850\n\
         Trix,Matara,Tilki 350 ml su şişesi,350ml,1850\nTrix,Matara,Ayı 500 ml su şişesi,500ml,2100\nTrix,Termos,Kedi 350 ml termos şişe,350ml,2300\n"
    ));
}

#[test]
fn neither_notes_nor_other_codes_are_names() {
    insta::assert_snapshot!(items(
        "variant_sku,supplier_sku,cost_price,lead_time_days,notes\nSHIRT-S,SUP-1001,4.20,14,\nSHIRT-M,SUP-1002,4.20,14,best seller\nCAP-01,SUP-2001,2.10,7,\n"
    ));
}

#[test]
fn the_column_that_has_another_code_in_each_row_is_the_code() {
    insta::assert_snapshot!(items(
        "Długość,Głębokość,Typ katalogowy,Cena katalogowa,id\n400,600,A3100.046,818,A3100\n500,600,A3100.056,872,A3100\n\
         600,600,A3100.066,925,A3100\n400,700,A3101.047,879,A3101\n500,700,A3101.057,937,A3101\n"
    ));
}

#[test]
fn without_a_header_prices_are_no_codes() {
    insta::assert_snapshot!(
        [
            "Omega 90 kaps;2190;1781\nTaurin 500 mg 90 kaps;1290;1013\nLecitin 180 kaps;1690;1256\nKolagen 200 g;2490;1969\n",
            "1,BORDADO,1,INICIAL CHICO,22.00\n1,BORDADO,2,INICIAL GRANDE,38.00\n2,CAMISA,1,ACORTAR LARGO,83.00\n2,CAMISA,2,SISAR,79.00\n",
            "1;Область Северная;2970;76\n2;Область Южная;3668;122\n3;Край Дальний;4433;182\n4;Край Ближний;2970;76\n5;Остров;5302;243\n",
        ]
        .map(items)
        .join("\n")
    );
}

#[test]
fn a_header_names_but_the_currency() {
    insta::assert_snapshot!(
        [
            "SKU,Category,Metal weight,USD_18K,USD_14K,GBP_18K\nER778,Earring,5.7,1915,1520,1535.96\nLR134,Ring,2.2,1010.65,857.77,790.48\nPD262,Pendant,3.5,1070,765,1020\n",
            ",,,,$HKD/元,\n,綠茶,,,,\n,1,龍井,250g,\"$1,388\",\n,2,春風香片,250g,$118,\n,3,龍珠花茶,70g,$98,\n",
            "Tipo,Código,Descripción,Importe\nPaquete,CHEBA,Chequeo básico,555\nPerfil,BILIS,Bilirrubinas,265\nPerfil,QS3,Química sanguínea,130\n",
            // A language is no franc.
            "\"Product code\";Language;Price;\"Company id\"\n2005113441;fr;900.00;536590\n200700731;fr;850.00;536590\n2009885678;fr;120.00;536590\n",
        ]
        .map(items)
        .join("\n")
    );
}

#[test]
fn a_category_is_the_name_where_nothing_else_is() {
    insta::assert_snapshot!(items(
        "categoria,precio\nCabaña doble,45000\nCabaña familiar,68000\nParcela carpa,9000\nPase de día,4000\n"
    ));
}

#[test]
fn a_header_of_two_roles_is_the_one_it_says_at_length() {
    insta::assert_snapshot!(
        [
            "category,sku_name,price_rub,product_type\nавтоматы,Выключатель 1P 16А,245.50,mcb\nузо,УЗО 2P 40А,1890,rcd\nщиты,Щит ЩРН-12,1320,box\n",
            "date,ingredient,price_per_kg\n2024-01-01,Flour,0.62\n2024-01-01,Butter,7.40\n2024-01-01,Sugar,0.88\n",
            "referencia;descripcion;tipo;categoria;unidad;precio\nGR-22;Grifo lavabo;material;grifería;ud;38,50\n\
             TB-16;Tubo 16;material;tubería;m;0,92\nVL-15;Válvula 1/2;material;grifería;ud;4,12\n",
        ]
        .map(items)
        .join("\n")
    );
}

#[test]
fn a_material_is_a_code_or_a_name_or_what_things_are_made_of() {
    insta::assert_snapshot!(
        [
            "id,category,service,variant,material,price\n1,Печать,Визитки,Стандарт,Мелованная,5000\n2,Печать,Визитки,Премиум,Тач кавер,9500\n\
             3,Печать,Листовки,A6,Мелованная,12000\n4,Реклама,Баннер,Литой,Баннер,1800\n",
            "Material;Bezeichnung;Preis\n10001234;Rohr verzinkt;4,50\n10001235;Bogen;2,50\n10001236;Muffe;1,50\n",
            "Material,Unit,Price\nSand,t,14.50\nGravel 4/8,t,12.50\nTopsoil,m3,21.50\n",
        ]
        .map(items)
        .join("\n")
    );
}

#[test]
fn what_is_not_for_sale_has_no_price() {
    insta::assert_snapshot!(items(
        "name,size,medium,price\nBlue Hour,24x36,oil,$899\nHarbor,12x12,oil,$350\nUntitled,18x24,acrylic,NFS\nSmall Waves,8x10,watercolor,$120\n"
    ));
}

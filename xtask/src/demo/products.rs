//! What the demo's buyer and suppliers trade in. Brands are invented; barcodes lie in the range that GS1 keeps for
//! examples (prefix 952).

/// A product as its maker knows it.
#[derive(Clone, Debug)]
pub(crate) struct Product {
    /// The family it belongs to.
    pub(crate) family: Family,
    /// The maker's article number.
    pub(crate) sku: String,
    pub(crate) brand: &'static str,
    /// As the buyer's catalogue names it.
    pub(crate) name: String,
    /// As a terse price list names it.
    pub(crate) short: String,
    /// As a Russian price list names it.
    pub(crate) russian: String,
    /// EAN-13.
    pub(crate) barcode: String,
    pub(crate) unit: Unit,
    /// The usual purchase price in euro cents.
    pub(crate) cents: u32,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Family {
    Breakers,
    Lamps,
    Cables,
    Wiring,
    Tools,
    Fixings,
}

impl Family {
    pub(crate) const ALL: [Self; 6] = [
        Self::Breakers,
        Self::Lamps,
        Self::Cables,
        Self::Wiring,
        Self::Tools,
        Self::Fixings,
    ];

    pub(crate) fn english(self) -> &'static str {
        match self {
            Self::Breakers => "Circuit protection",
            Self::Lamps => "Lamps and luminaires",
            Self::Cables => "Cables and conduits",
            Self::Wiring => "Sockets and switches",
            Self::Tools => "Power tools",
            Self::Fixings => "Fixings",
        }
    }

    pub(crate) fn russian(self) -> &'static str {
        match self {
            Self::Breakers => "Модульная автоматика",
            Self::Lamps => "Лампы и светильники",
            Self::Cables => "Кабель и трубы",
            Self::Wiring => "Розетки и выключатели",
            Self::Tools => "Электроинструмент",
            Self::Fixings => "Крепёж",
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unit {
    Piece,
    Metre,
    Box,
}

impl Unit {
    pub(crate) fn english(self) -> &'static str {
        match self {
            Self::Piece => "pcs",
            Self::Metre => "m",
            Self::Box => "box",
        }
    }

    pub(crate) fn russian(self) -> &'static str {
        match self {
            Self::Piece => "шт",
            Self::Metre => "м",
            Self::Box => "упак",
        }
    }
}

/// All products, family by family.
pub(crate) fn all() -> Vec<Product> {
    let mut range = Range { products: Vec::new() };
    breakers(&mut range);
    lamps(&mut range);
    cables(&mut range);
    wiring(&mut range);
    tools(&mut range);
    fixings(&mut range);
    range.products
}

struct Range {
    products: Vec<Product>,
}

/// What a family's function says of one product.
struct Entry {
    family: Family,
    brand: &'static str,
    sku: String,
    name: String,
    short: String,
    russian: String,
    unit: Unit,
    cents: u32,
}

impl Range {
    fn add(&mut self, entry: Entry) {
        let barcode = barcode(self.products.len());
        let Entry {
            family,
            brand,
            sku,
            name,
            short,
            russian,
            unit,
            cents,
        } = entry;
        self.products.push(Product {
            family,
            sku,
            brand,
            name,
            short,
            russian,
            barcode,
            unit,
            cents,
        });
    }
}

fn breakers(range: &mut Range) {
    for (poles, rating, cents) in [
        (1, 6, 412),
        (1, 10, 389),
        (1, 16, 389),
        (1, 20, 405),
        (1, 25, 418),
        (1, 32, 452),
        (2, 16, 871),
        (2, 25, 905),
        (3, 16, 1290),
        (3, 25, 1342),
        (3, 32, 1395),
        (3, 40, 1610),
        (3, 63, 1985),
    ] {
        range.add(Entry {
            family: Family::Breakers,
            brand: "Voltaris",
            sku: format!("VT63-{poles}C{rating}"),
            name: format!("Voltaris VT63 miniature circuit breaker {poles}P C{rating} 6 kA"),
            short: format!("MCB VT63 {poles}P C{rating} 6kA Voltaris"),
            russian: format!("Автоматический выключатель Voltaris VT63 {poles}P {rating}А хар. C 6кА"),
            unit: Unit::Piece,
            cents,
        });
    }
    for (poles, rating, cents) in [
        (2, 25, 2140),
        (2, 40, 2315),
        (2, 63, 2890),
        (4, 40, 3575),
        (4, 63, 4120),
    ] {
        range.add(Entry {
            family: Family::Breakers,
            brand: "Voltaris",
            sku: format!("VR30-{poles}P{rating}"),
            name: format!("Voltaris VR30 residual current device {poles}P {rating} A 30 mA type A"),
            short: format!("RCD VR30 {poles}P {rating}A 30mA type A Voltaris"),
            russian: format!("УЗО Voltaris VR30 {poles}P {rating}А 30мА тип A"),
            unit: Unit::Piece,
            cents,
        });
    }
}

fn lamps(range: &mut Range) {
    for (watts, kelvin, cents) in [
        (7, 2700, 149),
        (7, 4000, 149),
        (9, 2700, 169),
        (9, 4000, 169),
        (11, 2700, 199),
        (11, 4000, 199),
        (15, 2700, 279),
        (15, 4000, 279),
    ] {
        range.add(Entry {
            family: Family::Lamps,
            brand: "Lumenor",
            sku: format!("LM-A60-{watts:02}{}", kelvin / 100),
            name: format!("Lumenor LED lamp A60 E27 {watts} W {kelvin} K"),
            short: format!("LED A60 {watts}W E27 {kelvin}K Lumenor"),
            russian: format!("Лампа светодиодная Lumenor A60 {watts}Вт E27 {kelvin}К"),
            unit: Unit::Piece,
            cents,
        });
    }
    for (watts, cents) in [(10, 690), (20, 985), (30, 1340), (50, 1890), (100, 3650)] {
        range.add(Entry {
            family: Family::Lamps,
            brand: "Lumenor",
            sku: format!("LM-FL-{watts:03}"),
            name: format!("Lumenor LED floodlight {watts} W 4000 K IP65 black"),
            short: format!("Floodlight LED {watts}W IP65 4000K blk Lumenor"),
            russian: format!("Прожектор светодиодный Lumenor {watts}Вт 4000К IP65 чёрный"),
            unit: Unit::Piece,
            cents,
        });
    }
    for (side, watts, cents) in [("600x600", 36, 2150), ("1200x300", 40, 2490)] {
        range.add(Entry {
            family: Family::Lamps,
            brand: "Lumenor",
            sku: format!("LM-PN-{watts}"),
            name: format!("Lumenor LED panel {side} mm {watts} W 4000 K"),
            short: format!("LED panel {side} {watts}W 4000K Lumenor"),
            russian: format!("Панель светодиодная Lumenor {side} {watts}Вт 4000К"),
            unit: Unit::Piece,
            cents,
        });
    }
}

fn cables(range: &mut Range) {
    for (cores, section, cents) in [
        (3, "1.5", 68),
        (3, "2.5", 104),
        (3, "4", 172),
        (5, "1.5", 118),
        (5, "2.5", 181),
        (5, "4", 298),
        (5, "6", 431),
    ] {
        range.add(Entry {
            family: Family::Cables,
            brand: "Cabrel",
            sku: format!("CB-NYM-{cores}X{}", section.replace('.', "")),
            name: format!("Cabrel NYM-J installation cable {cores}x{section} mm²"),
            short: format!("Cable NYM-J {cores}x{section} Cabrel, per m"),
            russian: format!("Кабель Cabrel NYM-J {cores}х{}", section.replace('.', ",")),
            unit: Unit::Metre,
            cents,
        });
    }
    for (diameter, cents) in [(16, 1180), (20, 1495), (25, 2060), (32, 2980)] {
        range.add(Entry {
            family: Family::Cables,
            brand: "Cabrel",
            sku: format!("CB-KOR-{diameter}"),
            name: format!("Cabrel corrugated conduit {diameter} mm, coil of 50 m"),
            short: format!("Conduit corrug. {diameter}mm 50m coil Cabrel"),
            russian: format!("Труба гофрированная Cabrel {diameter}мм, бухта 50м"),
            unit: Unit::Piece,
            cents,
        });
    }
}

fn wiring(range: &mut Range) {
    for (code, name, short, russian, cents) in [
        (
            "S1",
            "socket outlet single with earth",
            "Socket 1G earthed",
            "Розетка одноместная с заземлением",
            345,
        ),
        (
            "S2",
            "socket outlet double with earth",
            "Socket 2G earthed",
            "Розетка двухместная с заземлением",
            590,
        ),
        ("W1", "switch one-gang", "Switch 1G", "Выключатель одноклавишный", 298),
        ("W2", "switch two-gang", "Switch 2G", "Выключатель двухклавишный", 372),
        (
            "WX",
            "two-way switch one-gang",
            "Switch 1G two-way",
            "Переключатель одноклавишный проходной",
            415,
        ),
        (
            "DM",
            "rotary dimmer LED 3-100 W",
            "Dimmer rotary LED 3-100W",
            "Диммер поворотный LED 3-100Вт",
            2240,
        ),
    ] {
        for (tone, english, russian_tone) in [("WH", "white", "белый"), ("AN", "anthracite", "антрацит")] {
            range.add(Entry {
                family: Family::Wiring,
                brand: "Sokkel",
                sku: format!("SK-{code}-{tone}"),
                name: format!("Sokkel Linea {name} {english}"),
                short: format!("{short} Linea {english} Sokkel"),
                russian: format!("{russian} Sokkel Linea {russian_tone}"),
                unit: Unit::Piece,
                cents: cents + if tone == "AN" { 60 } else { 0 },
            });
        }
    }
    for (modules, cents) in [(12, 1420), (24, 2380), (36, 3660)] {
        range.add(Entry {
            family: Family::Wiring,
            brand: "Sokkel",
            sku: format!("SK-DB-{modules}"),
            name: format!("Sokkel distribution board {modules} modules surface-mounted IP40"),
            short: format!("Distr. board {modules} mod. surface IP40 Sokkel"),
            russian: format!("Щит распределительный навесной Sokkel на {modules} модулей IP40"),
            unit: Unit::Piece,
            cents,
        });
    }
}

fn tools(range: &mut Range) {
    for (sku, name, short, russian, cents) in [
        (
            "TX-DD18-2",
            "cordless drill driver 18 V 2x2.0 Ah",
            "Drill driver 18V 2x2Ah",
            "Дрель-шуруповёрт 18В 2х2,0Ач",
            11_900,
        ),
        (
            "TX-DD18-4",
            "cordless drill driver 18 V 2x4.0 Ah",
            "Drill driver 18V 2x4Ah",
            "Дрель-шуруповёрт 18В 2х4,0Ач",
            15_400,
        ),
        (
            "TX-AG125-8",
            "angle grinder 125 mm 850 W",
            "Angle grinder 125mm 850W",
            "Болгарка УШМ 125мм 850Вт",
            5_690,
        ),
        (
            "TX-AG125-12",
            "angle grinder 125 mm 1200 W",
            "Angle grinder 125mm 1200W",
            "Болгарка УШМ 125мм 1200Вт",
            7_850,
        ),
        (
            "TX-RH26",
            "rotary hammer SDS-plus 26 mm 800 W",
            "Rotary hammer SDS+ 26mm 800W",
            "Перфоратор SDS-plus 26мм 800Вт",
            12_750,
        ),
        ("TX-JS650", "jigsaw 650 W", "Jigsaw 650W", "Лобзик 650Вт", 6_420),
        (
            "TX-CS190",
            "circular saw 190 mm 1400 W",
            "Circular saw 190mm 1400W",
            "Пила дисковая 190мм 1400Вт",
            9_980,
        ),
        (
            "TX-HG2000",
            "heat gun 2000 W",
            "Heat gun 2000W",
            "Фен технический 2000Вт",
            3_890,
        ),
    ] {
        range.add(Entry {
            family: Family::Tools,
            brand: "Torvex",
            sku: sku.to_owned(),
            name: format!("Torvex {name}"),
            short: format!("{short} Torvex"),
            russian: format!("{russian} Torvex"),
            unit: Unit::Piece,
            cents,
        });
    }
}

fn fixings(range: &mut Range) {
    for (size, count, cents) in [
        ("3.5x30", 500, 690),
        ("4.0x40", 200, 480),
        ("4.0x50", 200, 565),
        ("5.0x60", 200, 890),
        ("5.0x80", 100, 720),
    ] {
        range.add(Entry {
            family: Family::Fixings,
            brand: "Festor",
            sku: format!("FS-WS-{}", size.replace('.', "")),
            name: format!("Festor wood screw {size} mm Torx zinc-plated, box of {count}"),
            short: format!("Wood screw {size} TX zn, {count}/box Festor"),
            russian: format!(
                "Саморез по дереву Festor {} TX оцинк., {count} шт",
                size.replace('.', ",")
            ),
            unit: Unit::Box,
            cents,
        });
    }
    for (size, count, cents) in [("6x30", 100, 310), ("8x40", 100, 420), ("10x50", 50, 395)] {
        range.add(Entry {
            family: Family::Fixings,
            brand: "Festor",
            sku: format!("FS-NP-{}", size.replace('x', "")),
            name: format!("Festor nylon wall plug {size} mm, box of {count}"),
            short: format!("Wall plug nylon {size}, {count}/box Festor"),
            russian: format!("Дюбель нейлоновый Festor {size}, {count} шт"),
            unit: Unit::Box,
            cents,
        });
    }
    for (size, cents) in [("100x2.5", 155), ("200x3.6", 310), ("300x4.8", 640)] {
        range.add(Entry {
            family: Family::Fixings,
            brand: "Festor",
            sku: format!("FS-CT-{}", size.replace(['x', '.'], "")),
            name: format!("Festor cable tie {size} mm black, bag of 100"),
            short: format!("Cable tie {size} blk 100/bag Festor"),
            russian: format!("Стяжка кабельная Festor {} чёрная, 100 шт", size.replace('.', ",")),
            unit: Unit::Box,
            cents,
        });
    }
}

/// An EAN-13 in the range for examples, with its check digit.
fn barcode(index: usize) -> String {
    let body = format!("952{:09}", 104_700 + index * 13);
    let sum: u32 = body
        .bytes()
        .enumerate()
        .map(|(place, digit)| u32::from(digit - b'0') * if place % 2 == 0 { 1 } else { 3 })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn article_numbers_and_barcodes_are_unique() {
        let products = all();
        let skus: HashSet<_> = products.iter().map(|product| &product.sku).collect();
        let barcodes: HashSet<_> = products.iter().map(|product| &product.barcode).collect();
        assert_eq!(skus.len(), products.len());
        assert_eq!(barcodes.len(), products.len());
    }

    #[test]
    fn barcodes_carry_their_check_digit() {
        for product in all() {
            let sum: u32 = product
                .barcode
                .bytes()
                .enumerate()
                .map(|(place, digit)| u32::from(digit - b'0') * if place % 2 == 0 { 1 } else { 3 })
                .sum();
            assert_eq!((product.barcode.len(), sum % 10), (13, 0), "{}", product.barcode);
        }
    }
}

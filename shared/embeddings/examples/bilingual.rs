//! What an embedding server's vectors do for lists in another language than the catalogue: made-up items in German, Polish
//! and Russian against an English catalogue, a third of whose products are missing, and all of which have siblings that
//! differ in one word or one size.
//!
//! `cargo run --release -p embeddings --example bilingual -- --url http://127.0.0.1:11434 --protocol ollama --model NAME`
#![allow(clippy::print_stdout, reason = "a command")]

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Parser;
use domain::{Decision, ListItem, Match, Product};
use embeddings::{Embedder, Endpoint, Limits, VectorCache};
use matching::{CatalogueIndex, MatchOptions, Matcher, SupplierList, Vectors, text_of_item, text_of_product};

#[derive(Parser)]
struct Args {
    /// Where the server is.
    #[arg(long)]
    url: url::Url,
    /// `ollama` or `openai`.
    #[arg(long, default_value = "ollama")]
    protocol: String,
    /// What the server calls the model.
    #[arg(long)]
    model: String,
}

/// English, German, Polish, Russian; and the sizes in which there is such a thing.
const KINDS: [([&str; 4], [&str; 2]); 24] = [
    (
        [
            "cordless drill",
            "Akkubohrer",
            "wiertarka akumulatorowa",
            "аккумуляторная дрель",
        ],
        ["12 V", "18 V"],
    ),
    (
        [
            "electric kettle",
            "Wasserkocher",
            "czajnik elektryczny",
            "электрический чайник",
        ],
        ["1 l", "1.7 l"],
    ),
    (
        ["garden hose", "Gartenschlauch", "wąż ogrodowy", "садовый шланг"],
        ["15 m", "25 m"],
    ),
    (
        ["desk lamp", "Schreibtischlampe", "lampka biurkowa", "настольная лампа"],
        ["40 cm", "60 cm"],
    ),
    (
        ["frying pan", "Bratpfanne", "patelnia", "сковорода"],
        ["24 cm", "28 cm"],
    ),
    (
        ["bath towel", "Badetuch", "ręcznik kąpielowy", "банное полотенце"],
        ["70x140 cm", "100x150 cm"],
    ),
    (
        ["wall paint", "Wandfarbe", "farba ścienna", "краска для стен"],
        ["5 l", "10 l"],
    ),
    (
        ["coffee grinder", "Kaffeemühle", "młynek do kawy", "кофемолка"],
        ["150 W", "200 W"],
    ),
    (
        ["bicycle pump", "Fahrradpumpe", "pompka rowerowa", "велосипедный насос"],
        ["30 cm", "60 cm"],
    ),
    (
        [
            "sunflower oil",
            "Sonnenblumenöl",
            "olej słonecznikowy",
            "подсолнечное масло",
        ],
        ["1 l", "5 l"],
    ),
    (
        ["green tea", "Grüner Tee", "zielona herbata", "зелёный чай"],
        ["100 g", "250 g"],
    ),
    (
        [
            "strawberry jam",
            "Erdbeermarmelade",
            "dżem truskawkowy",
            "клубничное варенье",
        ],
        ["250 g", "450 g"],
    ),
    (
        ["wheat flour", "Weizenmehl", "mąka pszenna", "пшеничная мука"],
        ["1 kg", "5 kg"],
    ),
    (
        ["dish soap", "Spülmittel", "płyn do naczyń", "средство для мытья посуды"],
        ["500 ml", "1 l"],
    ),
    (
        [
            "toilet paper",
            "Toilettenpapier",
            "papier toaletowy",
            "туалетная бумага",
        ],
        ["8 rolls", "16 rolls"],
    ),
    (
        [
            "work gloves",
            "Arbeitshandschuhe",
            "rękawice robocze",
            "рабочие перчатки",
        ],
        ["size 9", "size 10"],
    ),
    (
        ["safety shoes", "Sicherheitsschuhe", "buty robocze", "защитная обувь"],
        ["size 42", "size 44"],
    ),
    (["hammer", "Hammer", "młotek", "молоток"], ["300 g", "500 g"]),
    (
        [
            "screwdriver set",
            "Schraubendreher-Satz",
            "zestaw wkrętaków",
            "набор отвёрток",
        ],
        ["6 pcs", "12 pcs"],
    ),
    (
        ["extension cord", "Verlängerungskabel", "przedłużacz", "удлинитель"],
        ["3 m", "5 m"],
    ),
    (
        ["paint brush", "Malerpinsel", "pędzel malarski", "малярная кисть"],
        ["30 mm", "50 mm"],
    ),
    (
        [
            "shower curtain",
            "Duschvorhang",
            "zasłona prysznicowa",
            "штора для душа",
        ],
        ["180x180 cm", "180x200 cm"],
    ),
    (
        [
            "baby bottle",
            "Babyflasche",
            "butelka dla niemowląt",
            "детская бутылочка",
        ],
        ["150 ml", "260 ml"],
    ),
    (
        [
            "cutting board",
            "Schneidebrett",
            "deska do krojenia",
            "разделочная доска",
        ],
        ["30 cm", "40 cm"],
    ),
];

const SORTS: [[&str; 4]; 4] = [
    ["professional", "Profi", "profesjonalny", "профессиональный"],
    ["white", "weiß", "biały", "белый"],
    ["eco", "Öko", "ekologiczny", "эко"],
    ["", "", "", ""],
];

const LANGUAGES: [&str; 3] = ["German", "Polish", "Russian"];

/// An item, its language, and the product that it is, if the catalogue has it.
struct Asked {
    language: usize,
    item: ListItem,
    truth: Option<String>,
}

fn product(id: usize, name: String) -> Result<Product> {
    Ok(Product {
        product_id: format!("P{id:03}").parse()?,
        sku: None,
        barcode: None,
        name,
        brand: None,
        category: None,
        description: None,
        price: None,
        currency: None,
        unit: None,
    })
}

/// Each thing in every sort and size; of every three one is missing. Each language asks for every fourth.
fn made() -> Result<(Vec<Product>, Vec<Asked>)> {
    let (mut products, mut asked, mut number) = (Vec::new(), Vec::new(), 0_usize);
    for (kind, sizes) in KINDS {
        for sort in SORTS {
            for size in sizes {
                let name = |language: usize| {
                    let parts = [sort[language], kind[language], size];
                    parts
                        .iter()
                        .filter(|part| !part.is_empty())
                        .copied()
                        .collect::<Vec<_>>()
                        .join(" ")
                };
                let is_offered = (number * 7 + number / 8) % 3 != 0;
                if is_offered {
                    products.push(product(number, name(0))?);
                }
                for language in 1..=LANGUAGES.len() {
                    if (number + language).is_multiple_of(2) {
                        let item = ListItem {
                            name: Some(name(language).into()),
                            ..ListItem::default()
                        };
                        let truth = is_offered.then(|| format!("P{number:03}"));
                        asked.push(Asked {
                            language: language - 1,
                            item,
                            truth,
                        });
                    }
                }
                number += 1;
            }
        }
    }
    Ok((products, asked))
}

#[derive(Default)]
struct Counts {
    known: usize,
    first: usize,
    among_ten: usize,
    asked: usize,
    asked_right_first: usize,
    unknown: usize,
    asked_in_vain: usize,
    accepted: usize,
    accepted_wrong: usize,
}

fn print(what: &str, asked: &[&Asked], found: &[Match]) {
    let mut by_language: BTreeMap<usize, Counts> = BTreeMap::new();
    for (asked, found) in asked.iter().zip(found) {
        let counts = by_language.entry(asked.language).or_default();
        let ids: Vec<&str> = found
            .candidates
            .iter()
            .map(|candidate| candidate.product_id.as_str())
            .collect();
        let is_first = asked.truth.is_some() && ids.first().copied() == asked.truth.as_deref();
        if found.decision == Decision::Matched {
            counts.accepted += 1;
            counts.accepted_wrong += usize::from(!is_first);
        }
        let Some(truth) = &asked.truth else {
            counts.unknown += 1;
            counts.asked_in_vain += usize::from(found.decision == Decision::Review);
            continue;
        };
        counts.known += 1;
        counts.first += usize::from(is_first);
        counts.among_ten += usize::from(ids.contains(&truth.as_str()));
        counts.asked += usize::from(found.decision == Decision::Review);
        counts.asked_right_first += usize::from(found.decision == Decision::Review && is_first);
    }
    println!("{what}");
    for (language, counts) in by_language {
        println!(
            "  {:8} of {} in the catalogue: {} right first, {} among ten; asked about {}, {} of them right first. Of {} not in it: \
             asked about {}. Accepted {}, wrongly {}.",
            LANGUAGES[language],
            counts.known,
            counts.first,
            counts.among_ten,
            counts.asked,
            counts.asked_right_first,
            counts.unknown,
            counts.asked_in_vain,
            counts.accepted,
            counts.accepted_wrong
        );
    }
}

fn vectors(cache: &VectorCache, texts: &[String]) -> Result<Vectors> {
    let mut vectors = Vectors::default();
    for text in texts {
        vectors.push(cache.vector(text).as_deref())?;
    }
    Ok(vectors)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let args = Args::parse();
    let (products, asked) = made()?;
    println!("{} products, {} items", products.len(), asked.len());
    let index = CatalogueIndex::build(products);
    let endpoint = Endpoint {
        url: args.url,
        protocol: args.protocol.parse()?,
        model: args.model,
        key: None,
    };
    let embedder = Embedder::new(endpoint, Limits::default())?;
    let mut cache = embedder.new_cache();
    let product_texts: Vec<String> = index.products().map(text_of_product).collect();
    let item_texts: Vec<String> = asked.iter().map(|asked| text_of_item(&asked.item)).collect();
    embedder.fill(&mut cache, &product_texts).await?;
    embedder.fill(&mut cache, &item_texts).await?;
    let of_products = vectors(&cache, &product_texts)?;
    // A supplier writes in one language.
    let (mut plain, mut meant, mut in_order) = (Vec::new(), Vec::new(), Vec::new());
    for language in 0..LANGUAGES.len() {
        let list: Vec<&Asked> = asked.iter().filter(|asked| asked.language == language).collect();
        let items: Vec<ListItem> = list.iter().map(|asked| asked.item.clone()).collect();
        let texts: Vec<String> = items.iter().map(text_of_item).collect();
        let of_items = vectors(&cache, &texts)?;
        let matcher = Matcher::new(&index, MatchOptions::default());
        plain.extend(matcher.match_list(&items, |_, _| {}));
        let matcher = matcher.with_vectors(&of_products);
        meant.extend(matcher.match_list(SupplierList::new(&items).embedded(&of_items), |_, _| {}));
        in_order.extend(list);
    }
    print("by words", &in_order, &plain);
    print("with vectors", &in_order, &meant);
    Ok(())
}

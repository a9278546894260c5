"""What columns hold, whatever they are called: semantic fields (D20), told from names (S58).

Names are compared folded: without case, accents, blanks and signs. A guess is only proposed.
"""

from collections.abc import Mapping
from functools import lru_cache

from tresse.sources.rules.letters import folded

_CONSENTS = " ".join(
    f"{channel}_{what}"
    for channel in ("email", "sms", "phone", "post", "push", "tracking")
    for what in ("consent", "consent_at", "consent_proof")
)
OF_ENTITY: Mapping[str, tuple[str, ...]] = {
    entity: tuple(names.split())
    for entity, names in {
        "contacts": "record_id external_id customer_id user_id anonymous_id email phone mobile "
        "landline whatsapp first_name last_name full_name title gender birth_date language "
        "address_line1 address_line2 postal_code city region country latitude longitude "
        "company_name job_title owner created_at modified_at acquisition_source "
        "acquisition_channel acquisition_campaign home_store loyalty_id loyalty_tier "
        "loyalty_points email_status " + _CONSENTS,
        "companies": "record_id external_id name domain registration_number vat_number industry "
        "size revenue phone address_line1 postal_code city country parent created_at modified_at",
        "deals": "record_id name contact company amount currency stage status created_at "
        "closed_at owner",
        "orders": "order_id contact ordered_at paid_at status amount amount_without_tax tax "
        "shipping discount refunded net_amount currency channel store coupon payment_method items "
        "seller campaign cart_id created_at modified_at",
        "order_items": "line_id order product variant name category brand quantity unit_price "
        "full_price discount line_amount cost returned_quantity currency",
        "products": "product_id sku gtin name category subcategory brand price cost season active "
        "url image created_at modified_at",
        "stores": "store_id name kind address_line1 postal_code city country opened_at closed_at",
        "consents": "contact channel purpose status at source proof ip text_version",
        "subscriptions": "subscription_id contact plan status started_at ends_at cancelled_at "
        "amount period currency",
        "carts": "cart_id contact created_at updated_at status amount currency items url",
        "loyalty": "entry_id contact at kind points balance reason order",
        "reviews": "review_id contact product order at rating text",
        "tickets": "ticket_id contact created_at closed_at status channel subject rating",
        "email_events": "event_id contact kind at message campaign link machine proxy",
        "events": "event_id contact name at session channel campaign page referrer value currency",
    }.items()
}
"Semantic fields of each entity (D20)."
FIELDS = tuple(dict.fromkeys(name for names in OF_ENTITY.values() for name in names))
"All of them, each once."

# Beside the name of the field itself. English, French, Polish; what one language calls by several.
_WORDS: Mapping[str, str] = {
    "record_id": "id",
    "external_id": "externe_id id_externe reference ref zewnetrzne_id",
    "customer_id": "customer_no customer_number client_id id_client numero_client no_client "
    "customer id_customer klient_id id_klienta numer_klienta customer_ref",
    "user_id": "id_user utilisateur_id id_utilisateur uzytkownik_id id_uzytkownika",
    "email": "e_mail mail email_address e_mail_address courriel adresse_email adresse_e_mail "
    "adresse_mail mel customer_email client_email adres_email adres_e_mail poczta",
    "phone": "telephone tel phone_number telephone_number telefon numer_telefonu nr_telefonu "
    "numero_telephone numero_de_telephone no_tel tel_number phone_no",
    "mobile": "mobile_phone mobile_number cell cell_phone cellphone portable telephone_portable "
    "tel_portable telephone_mobile tel_mobile gsm komorka telefon_komorkowy sms",
    "landline": "home_phone telephone_fixe tel_fixe fixe telefon_stacjonarny",
    "first_name": "firstname given_name forename prenom imie fname",
    "last_name": "lastname surname family_name nom nom_de_famille nom_famille nazwisko lname",
    "full_name": "fullname name nom_complet nom_prenom prenom_nom imie_i_nazwisko customer_name",
    "title": "civilite salutation honorific tytul zwrot titre",
    "gender": "sex genre sexe plec",
    "birth_date": "birthdate birthday date_of_birth dob born_on date_naissance date_de_naissance "
    "naissance anniversaire data_urodzenia urodziny",
    "language": "lang locale langue jezyk language_code code_langue",
    "address_line1": "address street address1 address_1 street_address adresse adresse1 adresse_1 "
    "rue adres ulica",
    "address_line2": "address2 address_2 adresse2 adresse_2 complement_adresse "
    "complement_d_adresse adres2",
    "postal_code": "zip zip_code zipcode postcode post_code code_postal cp kod_pocztowy",
    "city": "town ville commune locality miasto miejscowosc localite",
    "region": "state province county departement wojewodztwo",
    "country": "country_code pays code_pays kraj panstwo kod_kraju country_iso",
    "latitude": "lat szerokosc_geograficzna",
    "longitude": "lon lng long dlugosc_geograficzna",
    "company_name": "company organisation organization societe entreprise raison_sociale firma "
    "nazwa_firmy",
    "job_title": "job position function fonction poste metier stanowisko",
    "created_at": "created creation_date date_created created_on create_date date_creation "
    "date_de_creation cree_le utworzono data_utworzenia date_add createdate",
    "modified_at": "modified updated updated_at modification_date date_modified last_modified "
    "update_date date_modification date_de_modification modifie_le maj zmodyfikowano "
    "data_modyfikacji date_upd date_updated last_update",
    "loyalty_id": "card_no card_number loyalty_card carte_fidelite numero_carte no_carte "
    "numer_karty karta_lojalnosciowa",
    "loyalty_points": "points points_fidelite punkty",
    "loyalty_tier": "tier palier poziom",
    "name": "nom nazwa label libelle title titre product_name store_name company_name",
    "domain": "website_domain domaine domena",
    "url": "website web site site_web site_internet strona strona_www link lien",
    "registration_number": "siren siret company_number krs regon",
    "vat_number": "vat vat_id tva numero_tva nip",
    "order_id": "order_no order_number id_order commande_id id_commande numero_commande "
    "no_commande zamowienie_id numer_zamowienia id_zamowienia",
    "contact": "customer customer_id client client_id klient contact_id id_client id_customer",
    "ordered_at": "order_date date_commande date_de_commande date_order data_zamowienia "
    "invoice_date purchased_at purchase_date date_achat date",
    "amount": "total total_amount order_total montant montant_total total_ttc amount_total kwota "
    "wartosc suma grand_total total_paid",
    "amount_without_tax": "subtotal total_ht montant_ht net_total netto",
    "net_amount": "net net_revenue",
    "tax": "vat_amount total_tax taxe montant_tva podatek",
    "shipping": "shipping_cost shipping_amount delivery frais_de_port livraison dostawa wysylka",
    "discount": "remise reduction rabat znizka discount_amount",
    "currency": "currency_code devise monnaie waluta",
    "status": "state etat statut stan stato",
    "channel": "canal kanal",
    "store": "shop store_id shop_id magasin boutique id_magasin sklep sklep_id",
    "coupon": "coupon_code voucher promo_code code_promo kod_rabatowy bon",
    "payment_method": "payment mode_paiement moyen_de_paiement platnosc metoda_platnosci",
    "line_id": "order_line_id line ligne ligne_id id_ligne pozycja",
    "order": "order_id order_no order_number id_order commande id_commande numero_commande "
    "zamowienie id_zamowienia invoice invoice_no",
    "product": "product_id sku article produit id_produit reference produkt id_produktu item "
    "item_id stock_code",
    "quantity": "qty quantite qte ilosc",
    "unit_price": "price prix prix_unitaire pu cena cena_jednostkowa",
    "line_amount": "line_total total montant total_ligne wartosc",
    "product_id": "id_product article_id produit_id id_produit produkt_id id_produktu stock_code",
    "sku": "article_no article_number item_no reference kod_produktu",
    "gtin": "ean ean13 upc barcode code_barres kod_kreskowy",
    "category": "categorie kategoria product_category",
    "brand": "marque marka",
    "price": "prix cena unit_price",
    "cost": "cout koszt purchase_price prix_achat",
    "active": "is_active actif aktywny enabled",
    "store_id": "id_store shop_id magasin_id id_magasin sklep_id code_magasin",
    "subscription_id": "id_subscription abonnement_id id_abonnement",
    "plan": "offer offre formule",
    "started_at": "start_date start date_debut data_rozpoczecia",
    "ends_at": "end_date end date_fin expires_at data_zakonczenia",
    "cart_id": "id_cart panier_id id_panier koszyk_id",
    "rating": "note score_rating ocena stars",
    "text": "comment review commentaire avis tresc body message",
    "at": "date time timestamp datetime event_time occurred_at data",
}
_EVERYWHERE = ("email", "phone", "mobile", "postal_code", "country", "currency", "language")
"Fields that a name means whatever the entity, where that has none of its own."
PHONES = ("phone", "mobile", "landline", "whatsapp")
ADDRESSES = ("email", *PHONES)
"Fields that many write in many ways, and whose rule makes equal ones equal (S61)."
_RULES: Mapping[str, tuple[str, ...]] = {
    "email": ("email",),
    **dict.fromkeys(PHONES, ("phone",)),
    "url": ("url",),
    "domain": ("domain",),
    "country": ("country",),
    "language": ("language",),
    "currency": ("currency",),
    "gender": ("gender",),
    "postal_code": ("postal_code",),
    **dict.fromkeys(
        ("first_name", "last_name", "full_name", "city", "company_name", "address_line1"),
        ("trim", "collapse_spaces"),
    ),
}


def rules_for(field: str) -> tuple[str, ...]:
    """The rules that `rules: auto` gives a column that holds a field; none for most."""
    return _RULES.get(field, ())


@lru_cache(maxsize=32)
def _known(entity: str) -> dict[str, str]:
    """Folded name to field, of one entity; what is named first wins."""
    fields = OF_ENTITY.get(entity, OF_ENTITY["contacts"] if not entity else ())
    fields = (*fields, *(field for field in _EVERYWHERE if field not in fields))
    known = {folded(field): field for field in fields}
    for field in fields:
        for word in _WORDS.get(field, "").split():
            known.setdefault(folded(word), field)
    return known


def field_named(name: str, entity: str = "") -> str:
    """The field that a column of this name most likely holds; empty where its name tells nothing.

    Of a nested name (`billing.city`) the last part counts where the whole tells nothing.
    """
    known = _known(entity)
    return known.get(folded(name)) or known.get(folded(name.rpartition(".")[2]), "")

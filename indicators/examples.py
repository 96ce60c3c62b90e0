"""Each indicator worked out by pencil on Toyville, the tests' city: what the Methods page shows beside the formula."""

from __future__ import annotations

from indicators.spec import Text

# Toyville: Nord 100 residents, 50 below the poverty line, all at one point. Centre 300, 100 below, half at one point,
# half 1,954 m east of it. Colline 100, none below. Parc nobody. Rive 100, poverty not published.
EXAMPLES: dict[str, Text] = {
    "food_insecurity": Text(
        "Nord compte 100 résidents, dont 50 sous le seuil de pauvreté. Avec 40 % sous le seuil et 10 % au-dessus : "
        "50 × 0,40 + 50 × 0,10 = 25 personnes, soit 25 %. Avec 60 % et 20 % : 40 personnes. Donc de 25 % à 40 %.",
        "Nord has 100 residents, 50 of them below the poverty line. With 40% below it and 10% above: "
        "50 × 0.40 + 50 × 0.10 = 25 people, or 25%. With 60% and 20%: 40 people. So 25% to 40%.",
    ),
    "need_out_of_reach": Text(
        "Au Centre, 60 des 300 résidents sont touchés et vivent comme les autres, moitié ici, moitié à 1 954 m. À "
        "1 100 m de portée, 30 sont hors de portée : 30 ÷ 300 = 10 %.",
        "In Centre, 60 of 300 residents are in need and live as the others do, half here, half 1,954 m away. Within "
        "1,100 m, 30 are out of reach: 30 ÷ 300 = 10%.",
    ),
    "residents_out_of_reach": Text(
        "Au-delà de 1 100 m vivent 150 des 300 résidents du Centre (50 %) et les 100 de Rive : 250 ÷ 600 = 41,7 % de "
        "la ville.",
        "Beyond 1,100 m live 150 of Centre’s 300 residents (50%) and all 100 of Rive: 250 ÷ 600 = 41.7% of the city.",
    ),
    "coverage_gap": Text(
        "Au Centre, 60 personnes sont touchées et 12 places leur reviennent : 30 − 12 = 18 sans place au premier "
        "point, 30 au second. 48 ÷ 60 = 80 %.",
        "In Centre, 60 people are in need and 12 places are theirs: 30 − 12 = 18 without a place at the first point, "
        "30 at the second. 48 ÷ 60 = 80%.",
    ),
    "nearest_food_aid": Text(
        "La moitié des résidents du Centre est à 0 m d’un lieu, l’autre à 1 953,6 m : 976,8 m en moyenne.",
        "Half of Centre’s residents are 0 m from a place, half 1,953.6 m: 976.8 m on average.",
    ),
    "access": Text(
        "25 personnes à Nord et 30 au Centre se partagent deux lieux de 11 places. Chaque lieu reçoit la moitié de "
        "chacun : 27,5 personnes, 11 ÷ 27,5 = 0,4 place par personne. Nord : 0,4. Centre : 12 places pour 60, 0,2.",
        "25 people in Nord and 30 in Centre share two places of 11. Each place hears half of everyone: 27.5 people, "
        "11 ÷ 27.5 = 0.4 places a person. Nord: 0.4. Centre: 12 places for 60 people, 0.2.",
    ),
    "access_e2sfca": Text(
        "Le Centre est dans le dernier tiers de la portée de Nord : on y compte pour 0,22. Lieu de Nord : 11 ÷ (25 + "
        "0,22 × 30) = 0,348. Lieu du Centre : 11 ÷ (0,22 × 25 + 30) = 0,310. Nord : 0,348 + 0,22 × 0,310 = 0,416.",
        "Centre is in the last third of Nord’s reach: people there count for 0.22. Nord’s place: 11 ÷ (25 + 0.22 × 30) "
        "= 0.348. Centre’s: 11 ÷ (0.22 × 25 + 30) = 0.310. Nord: 0.348 + 0.22 × 0.310 = 0.416.",
    ),
    "most_deprived_fifth": Text(
        "Par cote : Rive 100, Colline 100, Centre 300, Nord 100 résidents. Les milieux de ces blocs sont à 1/12, 1/4, "
        "7/12 et 11/12 : cinquièmes 1, 2, 3 et 5. Donc 100 ÷ 600 = 16,7 % de la ville.",
        "By score: Rive 100, Colline 100, Centre 300, Nord 100 residents. The middles of these blocks stand at 1/12, "
        "1/4, 7/12 and 11/12: fifths 1, 2, 3 and 5. So 100 ÷ 600 = 16.7% of the city.",
    ),
    "referrals_per_1000": Text(
        "Nord : 20 demandes par mois pendant douze mois pour 100 résidents : 240 ÷ 100 × 1 000 = 2 400 pour 1 000, de "
        "2 106 à 2 724 à 95 %.",
        "Nord: 20 requests a month for twelve months over 100 residents: 240 ÷ 100 × 1,000 = 2,400 per 1,000, 2,106 to "
        "2,724 at 95%.",
    ),
    "representation_ratio": Text(
        "40 % des personnes noires contre 20 % de tout le monde : 40 ÷ 20 = 2,0.",
        "40% of Black people against 20% of everyone: 40 ÷ 20 = 2.0.",
    ),
    "people_by_group": Text(
        "La ville compte 20 + 30 + 40 = 90 personnes de 65 ans et plus; 10 % d’entre elles font 9 personnes.",
        "The city has 20 + 30 + 40 = 90 people aged 65 and over; 10% of them are 9 people.",
    ),
}
# A share of residents is one division, the same for each.
SHARE = Text(
    "Nord : 50 ÷ 100 = 50 %. Centre : 100 ÷ 300 = 33,3 %. Parc n’a personne à compter; Rive n’est pas publiée.",
    "Nord: 50 ÷ 100 = 50%. Centre: 100 ÷ 300 = 33.3%. Parc has nobody to count; Rive is not published.",
)


def example(indicator_id: str) -> Text:
    """The worked example of an indicator; that of a share of residents where it has none of its own."""
    return EXAMPLES.get(indicator_id, SHARE)

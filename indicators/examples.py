"""Each indicator worked out by pencil on Toyville, the tests' city: what the Methods page shows beside the formula."""

from __future__ import annotations

from indicators.spec import Text

# Toyville: Nord 100 residents, 50 below the poverty line, all at one point. Centre 300, 100 below, half at one point,
# half 1,954 m east of it. Colline 100, none below. Parc nobody. Rive 100, poverty not published.
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
        "In Centre, 60 of 300 residents are in need and live as the others do, half here, half 1,954 m away. Within "
        "1,100 m, 30 are out of reach: 30 ÷ 300 = 10%.",
    ),
    "residents_out_of_reach": Text(
        "Au-delà de 1 100 m vivent 150 des 300 résidents du Centre (50 %) et les 100 de Rive : 250 ÷ 600 = 41,7 % de "
        "la ville.",
        "Beyond 1,100 m live 150 of Centre’s 300 residents (50%) and all 100 of Rive: 250 ÷ 600 = 41.7% of the city.",
    ),
    "coverage_gap": Text(
        "Au Centre, 60 personnes sont touchées et 12 places leur reviennent : 30 − 12 = 18 sans place au premier "
        "point, 30 au second. 48 ÷ 60 = 80 %.",
        "In Centre, 60 people are in need and 12 places are theirs: 30 − 12 = 18 without a place at the first point, "
        "30 at the second. 48 ÷ 60 = 80%.",
    ),
    "nearest_food_aid": Text(
        "La moitié des résidents du Centre est à 0 m d’un lieu, l’autre à 1 953,6 m : 976,8 m en moyenne.",
        "Half of Centre’s residents are 0 m from a place, half 1,953.6 m: 976.8 m on average.",
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
    "worst_fifth": Text(
        "Sans aucune marge à tirer au sort, les 60 personnes touchées du Centre sont les plus nombreuses de trois "
        "secteurs à chaque tirage. Le cinquième de trois secteurs, arrondi vers le haut, est un secteur. Centre : "
        "100 %; Nord et Colline : 0 %.",
        "With no margin to draw in, Centre’s 60 people in need are the most of three areas in every draw. A fifth of "
        "three areas, rounded up, is one area. Centre: 100%; Nord and Colline: 0%.",
    ),
    "access_3sfca": Text(
        "À 2 km, où 1 954 m compte pour 0,5, Nord et le Centre ont deux lieux de 11 places. Leurs points se partagent "
        "en deux; 30 personnes, plus loin, ne vont qu’au second lieu. 11 ÷ 27,5 = 0,4 et 11 ÷ (27,5 + 30 × 0,5) = "
        "0,259. Nord : 0,5 × 0,4 + 0,5 × 0,259 = 0,329.",
        "Within 2 km, where 1,954 m counts for 0.5, Nord and Centre have two places of 11. Their points are shared in "
        "two; 30 people, farther off, go to the second place only. 11 ÷ 27.5 = 0.4 and 11 ÷ (27.5 + 30 × 0.5) = "
        "0.259. Nord: 0.5 × 0.4 + 0.5 × 0.259 = 0.329.",
    ),
    "access_balanced": Text(
        "Mêmes points, mêmes lieux : 27,5 et 57,5 personnes, donc des niveaux de 0,4 et 0,191. Le premier se partage "
        "en deux parts égales; le second en parts de 1, 1 et 0,5. Nord : 0,4 ÷ 2 + 0,191 ÷ 2,5 = 0,277.",
        "Same points, same places: 27.5 and 57.5 people, so levels of 0.4 and 0.191. The first is shared in two equal "
        "parts, the second in parts of 1, 1 and 0.5. Nord: 0.4 ÷ 2 + 0.191 ÷ 2.5 = 0.277.",
    ),
    "access_gravity": Text(
        "Nord et le premier point du Centre ont deux lieux de 11 places : 22,0. Le second point n’en a qu’un, qui "
        "compte pour la moitié : 5,5. Ramenés entre le plus bas et le plus haut : 1 et 0.",
        "Nord and Centre’s first point have two places of 11: 22.0. The second point has one, which counts for half: "
        "5.5. Brought between the lowest and the highest: 1 and 0.",
    ),
    "awareness_ratio": Text(
        "Avant que les petits nombres soient masqués, 300 demandes pour 95 personnes touchées : Nord, avec 25 "
        "personnes, devrait en faire 25 × 300 ÷ 95 = 78,9. Il en fait 240 : 240 ÷ 78,9 = 3,04. Ramené vers 1 par "
        "α = 0,27 : (0,27 + 240) ÷ (0,27 + 78,9) = 3,03. Centre : 60 pour 189,5 attendues, 0,32.",
        "Before small counts are hidden, 300 requests for 95 people in need: Nord, with 25 people, should make "
        "25 × 300 ÷ 95 = 78.9. It makes 240: 240 ÷ 78.9 = 3.04. Drawn towards 1 by α = 0.27: (0.27 + 240) ÷ "
        "(0.27 + 78.9) = 3.03. Centre: 60 for 189.5 expected, 0.32.",
    ),
    "request_alert": Text(
        "Deux mois s’écartent de 2,5 puis de 3,5 : S = 2,5 − 0,5 = 2, puis 2 + 3,5 − 0,5 = 5. C’est plus que 4,9, que "
        "5 % seulement des séries sans changement dépassent : alerte. Toyville n’a que 24 mois : trop court pour "
        "apprendre une saison, aucune alerte n’y est possible.",
        "Two months depart by 2.5, then 3.5: S = 2.5 − 0.5 = 2, then 2 + 3.5 − 0.5 = 5. That is above 4.9, which only "
        "5% of series without change pass: an alert. Toyville has 24 months only: too short to learn a season, no "
        "alert can be raised there.",
    ),
    "reporting_completeness": Text(
        "De 100 et 120 demandes, 60 et 60 sont arrivées la première semaine : 120 ÷ 220 = 54,5 %. La dernière semaine "
        "en a 30 à ce jour : 30 ÷ 0,545 = 55 une fois complète.",
        "Of 100 and 120 requests, 60 and 60 came in the first week: 120 ÷ 220 = 54.5%. The last week has 30 so far: "
        "30 ÷ 0.545 = 55 once complete.",
    ),
    "referral_help": Text(
        "Nord : 240 orientations, sans suivi. De 36 % à 67 % d’entre elles, soit de 86,4 à 160,8, ont mené à de "
        "l’aide. Il n’y a pas de nombre au milieu.",
        "Nord: 240 referrals, none followed up. From 36% to 67% of them, that is 86.4 to 160.8, led to help. There is "
        "no number in between.",
    ),
    "crossing_excess": Text(
        "Sans aucune des deux caractéristiques, 10 %; avec l’une, 25 %; avec l’autre, 20 %. On attend 25 + 20 − 10 = "
        "35 % avec les deux. On voit 42 % : 7 points de plus, de −2,8 à 16,8 à 95 %.",
        "With neither characteristic, 10%; with one, 25%; with the other, 20%. With both, 25 + 20 − 10 = 35% is "
        "expected. 42% is seen: 7 points more, −2.8 to 16.8 at 95%.",
    ),
    "people_reached": Text(
        "Trois organismes comptent chacun 50 personnes dans le mois : au moins 50, au plus 150. S’ils en ont 10, 20 "
        "et 5 en commun, deux à deux : de 115 à 120. Parmi 200 personnes, et si rien ne les lie : 200 × (1 − 0,75³) = "
        "115,6.",
        "Three organizations each count 50 people in the month: at least 50, at most 150. If they share 10, 20 and 5, "
        "two by two: 115 to 120. Among 200 people, and if nothing links them: 200 × (1 − 0.75³) = 115.6.",
    ),
    "effective_capacity": Text(
        "La moitié des fiches change en un an. Deux lieux de 11 places, confirmés il y a 31 et 335 jours, tiennent à "
        "94,3 % et 52,9 % : 11 × 0,943 + 11 × 0,529 = 16,2 places sur 22, soit 73,6 %. Le lieu de Colline n’a jamais "
        "été confirmé : inconnu, de 0 à 100 %.",
        "Half of the listings change in a year. Two places of 11, confirmed 31 and 335 days ago, hold at 94.3% and "
        "52.9%: 11 × 0.943 + 11 × 0.529 = 16.2 places of 22, or 73.6%. Colline’s place was never confirmed: unknown, "
        "0 to 100%.",
    ),
    "verification_priority": Text(
        "27,5 personnes dépendent du lieu de Nord, autant de celui du Centre. (1 − 0,943) × 27,5 = 1,6; (1 − 0,529) × "
        "27,5 = 12,9. Dix dépendent de celui de Colline, jamais confirmé : de 0 à 10. À vérifier dans l’ordre : "
        "Centre, Colline, Nord.",
        "27.5 people depend on Nord’s place, as many on Centre’s. (1 − 0.943) × 27.5 = 1.6; (1 − 0.529) × 27.5 = "
        "12.9. Ten depend on Colline’s, never confirmed: 0 to 10. To verify in order: Centre, Colline, Nord.",
    ),
    "unlisted_places": Text(
        "Un registre a quatre lieux à Nord. Deux sont dans le répertoire, à 8 m et à 0 m, sous un nom semblable. Un "
        "troisième l’est à 78 m : trop loin. Le dernier n’a pas de nom. 2 ÷ 4 = 50 % sont absents.",
        "A register has four places in Nord. Two are in the listing, 8 m and 0 m away, under a like name. A third is "
        "78 m away: too far. The last has no name. 2 ÷ 4 = 50% are missing.",
    ),
    "concentration_index": Text(
        "Rangs du plus au moins défavorisé : Nord 0,1, Centre 0,5, Colline 0,9. Le besoin y est de 25, 60 et 10 sur "
        "95 : 2 × (25 × 0,1 + 60 × 0,5 + 10 × 0,9) ÷ 95 − 1 = −0,126. Corrigé, car c’est une proportion : 4 × 0,19 × "
        "−0,126 = −0,096.",
        "Ranks from most to least deprived: Nord 0.1, Centre 0.5, Colline 0.9. Need there is 25, 60 and 10 of 95: 2 × "
        "(25 × 0.1 + 60 × 0.5 + 10 × 0.9) ÷ 95 − 1 = −0.126. Corrected, as it is a share: 4 × 0.19 × −0.126 = −0.096.",
    ),
    "gini": Text(
        "Besoin : 25 % des 100 résidents de Nord, 20 % des 300 du Centre, 10 % des 100 de Colline. La moitié de "
        "l’écart moyen entre deux personnes est de 0,024; la moyenne, de 0,19. 0,024 ÷ 0,19 = 0,126.",
        "Need: 25% of Nord’s 100 residents, 20% of Centre’s 300, 10% of Colline’s 100. Half the mean gap between two "
        "people is 0.024; the mean is 0.19. 0.024 ÷ 0.19 = 0.126.",
    ),
    "fifth_ratio": Text(
        "Les 100 personnes les plus défavorisées sur 500 sont celles de Nord, les 100 moins défavorisées celles de "
        "Colline : 25 % ÷ 10 % = 2,5.",
        "The 100 most deprived of 500 people are Nord’s, the 100 least deprived Colline’s: 25% ÷ 10% = 2.5.",
    ),
    "inequity": Text(
        "Nord et le Centre, aux rangs 0,125 et 0,625. Places : 10 et 12 sur 22, indice −0,205. Besoin : 25 et 60 sur "
        "85, indice −0,044. −0,205 − (−0,044) = −0,160 : l’aide penche plus que le besoin vers Nord.",
        "Nord and Centre, at ranks 0.125 and 0.625. Places: 10 and 12 of 22, index −0.205. Need: 25 and 60 of 85, "
        "index −0.044. −0.205 − (−0.044) = −0.160: help leans more than need towards Nord.",
    ),
    "geographic_disparity": Text(
        "Nord a 11 places sur 22 et 25 des 95 personnes touchées : 50 % − 26,3 % = 23,7 points. Mais un lieu sur deux "
        "ne dit presque rien : de −25,1 à 72,4 points, non significatif.",
        "Nord has 11 places of 22 and 25 of the 95 people in need: 50% − 26.3% = 23.7 points. But one place of two "
        "says almost nothing: −25.1 to 72.4 points, not significant.",
    ),
    "demographic_disparity": Text(
        "La moitié des places est à Nord, où 20 % ont 65 ans et plus, la moitié au Centre, où ils sont 10 % : 15,0 % "
        "autour de l’aide, contre 90 ÷ 500 = 18,0 % de la ville : −3,0 points.",
        "Half of the places are in Nord, where 20% are 65 and over, half in Centre, where 10% are: 15.0% around help, "
        "against 90 ÷ 500 = 18.0% of the city: −3.0 points.",
    ),
    "similar_areas": Text(
        "Sous le seuil : 50 %, 33,3 % et 0 % pour 100, 300 et 100 résidents. Moyenne 30 %, écart type √(2 ÷ 75) = "
        "16,3 points. De Nord au Centre : 16,7 ÷ 16,3 = 1,02 écart type; de Colline au Centre, 2,04.",
        "Below the line: 50%, 33.3% and 0% for 100, 300 and 100 residents. Mean 30%, standard deviation √(2 ÷ 75) = "
        "16.3 points. From Nord to Centre: 16.7 ÷ 16.3 = 1.02 standard deviations; from Colline to Centre, 2.04.",
    ),
    "peer_group": Text(
        "En deux groupes : Nord avec le Centre, à 1,02 l’un de l’autre, et Colline seule, à 3,06 de Nord et 2,04 du "
        "Centre. Nord : (3,06 − 1,02) ÷ 3,06 = 0,67. Centre : (2,04 − 1,02) ÷ 2,04 = 0,50. Colline, seule : 0.",
        "In two groups: Nord with Centre, 1.02 apart, and Colline alone, 3.06 from Nord and 2.04 from Centre. Nord: "
        "(3.06 − 1.02) ÷ 3.06 = 0.67. Centre: (2.04 − 1.02) ÷ 2.04 = 0.50. Colline, alone: 0.",
    ),
    "local_cluster": Text(
        "Toyville a trop peu de secteurs : il en faut huit. Sur un anneau de huit, quatre à 1 puis quatre à 0, la "
        "moyenne est 0,5. Un secteur entouré de semblables : 7 × 0,5 × 0,5 ÷ 2 = 0,875. Au bord, un voisin de chaque "
        "sorte : 0.",
        "Toyville has too few areas: eight are needed. On a ring of eight, four at 1 then four at 0, the mean is 0.5. "
        "An area among its like: 7 × 0.5 × 0.5 ÷ 2 = 0.875. At the edge, one neighbour of each kind: 0.",
    ),
    "who_is_missing": Text(
        "L’insécurité alimentaire n’a pas de valeur à Rive : 100 des 600 résidents, 16,7 %. Le Parc n’a personne : il "
        "ne compte pas.",
        "Food insecurity has no value in Rive: 100 of 600 residents, 16.7%. Parc has nobody: it does not count.",
    ),
    "help_seekers": Text(
        "Nord a 25 personnes touchées; 27,5 % d’entre elles demandent probablement de l’aide : 6,9 personnes, soit "
        "6,9 % des résidents. De 0,20 × 25 = 5 à 0,35 × 40 = 14 personnes. Au Centre, 16,5 personnes, soit 5,5 %.",
        "Nord has 25 people in need; 27.5% of them likely seek help: 6.9 people, or 6.9% of residents. From 0.20 × 25 "
        "= 5 to 0.35 × 40 = 14 people. In Centre, 16.5 people, or 5.5%.",
    ),
    "unserved_seekers": Text(
        "Au Centre, 16,5 personnes demandent de l’aide, moitié ici, moitié à 1 954 m. Au premier point, 12 places "
        "pour 8,25 : personne ne reste sans place. Au second, aucune place à portée : 8,25 ÷ 16,5 = 50 %. À Nord, 10 "
        "places pour 6,9 : 0 %.",
        "In Centre, 16.5 people seek help, half here, half 1,954 m away. At the first point, 12 places for 8.25: "
        "nobody is left without one. At the second, no place within reach: 8.25 ÷ 16.5 = 50%. In Nord, 10 places for "
        "6.9: 0%.",
    ),
    "open_within_reach": Text(
        "Supposons le lieu de Nord ouvert le mardi de 9 h à 12 h. À 10 h, les 25 personnes touchées de Nord et 30 de "
        "celles du Centre l’ont à portée : 55 sur 95, soit 57,9 %. Les 10 de Colline dépendent d’un lieu sans heures "
        "répertoriées : jusqu’à 68,4 %. La ville est donc inconnue, entre les deux.",
        "Suppose Nord’s place is open on Tuesdays from 9 to 12. At 10, the 25 people in need in Nord and 30 of "
        "Centre’s have it within reach: 55 of 95, or 57.9%. Colline’s 10 depend on a place with no listed hours: up "
        "to 68.4%. The city is thus unknown, between the two.",
    ),
    "nothing_open_within_reach": Text(
        "Le même mardi à 10 h, 30 des 60 personnes touchées du Centre n’ont aucun lieu ouvert à portée : 50,0 %. À "
        "Nord, personne : 0,0 %. À Colline, de 0 à 10 personnes, selon un lieu sans heures répertoriées.",
        "On the same Tuesday at 10, 30 of the 60 people in need in Centre have no open place within reach: 50.0%. In "
        "Nord, nobody: 0.0%. In Colline, 0 to 10 people, depending on a place with no listed hours.",
    ),
    "open_hours_within_reach": Text(
        "Le lieu de Nord ouvre le mardi de 9 h à 12 h, celui du Centre de 11 h à 13 h. Nord a donc 4 heures par "
        "semaine : l’heure commune compte une fois. La moitié du Centre en a 4, l’autre aucune : 2,0 heures.",
        "Nord’s place opens on Tuesdays from hour 9 to 12, Centre’s from hour 11 to 13. So Nord has 4 hours a week: "
        "the hour they share counts once. Half of Centre has 4, the other half none: 2.0 hours.",
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

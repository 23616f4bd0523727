"""Ce qu’atteint un changement de sauvegarde ou de rétention, en français."""

PHRASES: dict[str, str] = {
    "impact.touched": "Impact : ceci touche {names}",
    "impact.services": "En ont besoin, d’après phoenix.yaml : {names}",
    "impact.absent": "Graphe de dépendances : non disponible (dependency-graph.md) ; personne d’autre n’a été cherché.",
    "impact.nothing": "Graphe de dépendances : il ne nomme rien de cela.",
    "impact.graph": "Graphe de dépendances : {named} ; en ont besoin : {reached}",
    "impact.who": "À prévenir : {agents} ; données : {data}",
    "impact.against": "Contradiction : phoenix.yaml dit que {one} a besoin de {other}, le graphe dit le contraire.",
    "impact.cut": "Graphe de dépendances : trop long, seul son début a été lu ; d’autres peuvent être concernés.",
    "impact.against-more": "Contradictions : encore {count}, voir contradiction-log.md une fois le changement fait.",
    "learning.failed": "L’exercice de `{asset}` depuis `{engine}` a échoué : `{checks}`",
    "learning.unseen": "Une copie abîmée exprès de `{asset}` est passée inaperçue : ses vérifications ne voient pas ce dommage",
    "learning.stopped": "L’exercice de `{asset}` n’a pas pu être mené (`{code}`) : rien n’est prouvé",
    "learning.change": "Un changement de `{engine}` a échoué : `{code}`",
    "learning.change-of": "Un changement de `{asset}` sur `{engine}` a échoué : `{code}`",
}

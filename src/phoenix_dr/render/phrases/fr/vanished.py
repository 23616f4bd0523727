"""Les copies parties d'un seul coup."""

PHRASES = {
    "finding.points-dropped": "le {day}, {points} des {of} points de {engine} avaient disparu, et aucune règle ne les retire",
    "remedy.points-dropped": "arrêtez ses tâches et regardez la cible : un partage revenu vide emporte la liste des copies",
}

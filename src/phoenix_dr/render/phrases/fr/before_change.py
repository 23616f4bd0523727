"""`phoenix before-change`, en français."""

PHRASES: dict[str, str] = {
    "short.before-change": "Peut-on y toucher maintenant ? Oui, non ou inconnu, avec la copie.",
    "help.before-change": "À demander avant un changement qui peut détruire des données (mise à "
    "niveau, migration, suppression) : y a-t-il une copie à laquelle revenir, assez récente et "
    "saine ? NAME est un service, une donnée, un invité (215, pve1/215) ou un PVC "
    "(media/jellyfin-config). Les moteurs qui la détiennent sont d'abord interrogés. Le code de "
    "sortie 0 veut dire oui, et lui seul.",
    "examples.before-change": "phoenix before-change wiki\n"
    "phoenix before-change pve1/215 --level L4\n"
    "phoenix before-change media/jellyfin-config --within 2 && kubectl apply -f new.yaml\n"
    "phoenix before-change --requests",
    "option.before-level": "Ce qui doit avoir été prouvé de ses copies.",
    "option.before-within": "Âge permis de la copie, en heures (sinon le RPO du service).",
    "option.before-offline": "N'interroger aucun moteur : juger d'après ce qui a déjà été vu.",
    "before.yes": "Oui : il y a une bonne copie de tout.",
    "before.no": "Non : il manque une bonne copie.",
    "before.unknown": "Inconnu : ce n'est pas un oui.",
    "before.word.yes": "oui",
    "before.word.no": "NON",
    "before.word.unknown": "?",
    "before.with": "{word}  {asset} : {why} · {point} sur {engine}, {age} ({moment}), {level}",
    "before.without": "{word}  {asset} : {why}",
    "before.untested": "jamais restauré comme preuve : phoenix drill run",
    "before.pin": "Gardez-la le temps de travailler : phoenix points pin {point}",
    "before.why.covered": "couvert",
    "before.why.needs-none": "rien n'est à sauvegarder",
    "before.why.loss-accepted": "sa perte a été acceptée",
    "before.why.no-point": "aucune copie n'est connue",
    "before.why.drill-failed": "le dernier test de restauration a échoué",
    "before.why.unusable": "la copie la plus récente est inutilisable",
    "before.why.in-the-future": "sa copie la plus récente porte une date future",
    "before.why.too-old": "sa copie la plus récente n'a pas moins de {objective}",
    "before.why.suspect": "sa copie la plus récente est suspecte, peut-être incomplète",
    "before.why.unjudged": "rien ne dit si sa copie la plus récente contient des données",
    "before.why.not-proven": "trop peu a été prouvé de ses copies",
    "before.why.not-seen": "un moteur n'a pas pu être interrogé",
    "option.before-requests": "Répondre plutôt aux demandes ouvertes des collègues du projet ; ce "
    "qu'une copie ou un exercice montre est coché.",
    "error.before-what": "dites ce qui va changer, ou --requests, et pas les deux",
    "hint.before-what": "Par exemple : phoenix before-change wiki",
    "inbox.empty": "Aucune demande ouverte.",
    "inbox.person": "Ouverte : elle ne nomme rien de phoenix.yaml, ou demande ce qu'une personne seule peut faire.",
    "inbox.yes": "Cochée : il y a une bonne copie.",
    "inbox.no": "Ouverte : il n'y a pas de bonne copie.",
    "inbox.unknown": "Ouverte : nul ne le sait, et ce n'est pas un oui.",
    "inbox.served": "Cochée : [{source}] {text}",
    "error.means-nothing": "« {name} » n'est ni un service, ni une donnée, ni un invité, ni un PVC de phoenix.yaml",
    "hint.means-nothing": "Connus : {known}",
}

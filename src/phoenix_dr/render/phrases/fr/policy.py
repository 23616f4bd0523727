"""Ce qui est gardé, combien de temps et pourquoi : dépôts, document, propositions. Français."""

PHRASES: dict[str, str] = {
    "help.retention-show": "Montre chaque dépôt dont les données expirent : sa règle, jusqu’où "
    "elle permet de revenir, pourquoi, la place prise, et si elle est en vigueur. D’après la "
    "dernière observation ; ne change rien.",
    "short.retention-show": "Chaque règle : jusqu’où, pourquoi, combien, en vigueur ou non.",
    "examples.retention-show": "phoenix retention show\nphoenix retention show --write",
    "option.write-policy": "Écrit aussi retention-policy.md sous le répertoire des documents.",
    "error.policy-unreadable": "impossible de lire {path} : {reason}",
    "hint.policy-unreadable": "Il est mis à jour, pas remplacé : rendez-le lisible.",
    "policy.wrote": "Écrit : {path}",
    "policy.no-store": "Aucun dépôt dont les données expirent n’est décrit.",
    "policy.column.store": "Dépôt",
    "policy.column.asset": "Données",
    "policy.column.stream": "Flux",
    "policy.all-streams": "tous les autres",
    "policy.only-stream": "tout",
    "policy.group": "{engine} ({policy}) : {rule} — couvre {covers}",
    "policy.group-none": "{engine} : aucune règle, tout est gardé",
    "policy.group-samples": "{engine} ({kind})",
    "policy.group-dark": "{engine} ({kind}) : ? — cette version ne sait pas le lire",
    "policy.column.rule": "Règle",
    "policy.column.covers": "Couvre",
    "policy.column.since": "Depuis",
    "policy.column.held": "Points",
    "policy.column.size": "Taille",
    "policy.column.reason": "Pourquoi",
    "policy.column.status": "État",
    "policy.legend": "Couvre : jusqu’où la règle permet de revenir une fois remplie, au pire moment, "
    "premier et dernier jour compris. Depuis : le plus ancien présent. Points : présents, et combien "
    "la règle en laisse partir. Taille : à présent (données du point le plus récent, ou place prise) "
    "→ estimée une fois la règle remplie. État : préparée (dans phoenix.yaml), appliquée, vérifiée "
    "(et constatée ensuite).",
    "policy.legend-file": "Couvre : jusqu’où la règle permet de revenir une fois remplie, au pire "
    "moment, premier et dernier jour compris. Taille : à présent → estimée une fois la règle remplie.",
    "policy.head.reasons": "Pourquoi si longtemps :",
    "policy.head.sizes": "Sur quoi reposent les tailles :",
    "policy.head.needs": "Ce qu’il faut d’ordinaire à de tels dépôts :",
    "policy.head.proposals": "Ce qui serait mieux :",
    "policy.in-force": "{wanted} ; en vigueur : {found}",
    "policy.no-rule": "aucune : tout est gardé",
    "policy.size": "{now} → ~{later}",
    "policy.size-cost": "{now} → ~{later}, ~{cost} par mois",
    "policy.held": "{held} (−{going})",
    "policy.status.prepared": "préparée",
    "policy.status.applied": "appliquée",
    "policy.status.verified": "vérifiée le {date}",
    "policy.status.unknown": "?",
    "policy.reason": "{policy} ({when}) : {because}",
    "policy.reason-store": "{store} : {because}",
    "policy.no-reason": "personne ne l’a dit",
    "policy.borrowed": "{store} suit {policy}, la première politique qui nomme ce moteur",
    "policy.growth-runs": "{store} : {growth:size} par jour, mesuré sur {runs} exécutions depuis "
    "le {date} (la première, qui stocke tout, ne compte pas) ; ~{later} une fois la règle remplie "
    "(estimation)",
    "policy.growth-held": "{store} : {growth:size} par jour, mesuré sur ce qui est présent depuis le "
    "{date} ; ~{later} une fois la règle remplie (estimation)",
    "policy.cost": "— ~{cost} par mois au prix de son emplacement",
    "policy.unmeasured": "Croissance inconnue, mesurée sur moins d’un jour ; dépôts : {count}",
    "policy.need.restic": "restic : au moins 7 jours, et deux fois le RPO du service",
    "policy.need.borg": "borg : au moins 7 jours, et deux fois le RPO du service",
    "policy.need.prometheus": "Prometheus : 30 jours. Il ne sous-échantillonne pas ; pour plus "
    "long, enregistrez des séries grossières (recording rules) ou envoyez-les ailleurs (Thanos, "
    "Mimir)",
    "policy.need.loki": "Loki : 14 jours, et 90 jours pour les flux d’alertes, par une règle de "
    "flux",
    "policy.need.longhorn": "Longhorn : 7 jours d’instantanés locaux, 30 jours de sauvegardes "
    "externes",
    "policy.need.proxmox": "Proxmox (vzdump) : 7 points glissants",
    "policy.need.pbs": "Proxmox Backup Server : 7 points glissants",
    "policy.dark": "Cette version ne sait pas lire {engines} : leurs vraies règles sont inconnues",
    "policy.no-proposal": "Rien à allonger ni à réduire d’après ce qui est connu.",
    "policy.lengthen": "garder plus — {store} : {before} → {after}. {why}",
    "policy.reduce": "garder moins — {store} : {before} → {after}. {why}",
    "proposal.reach-short": "La règle couvre {days} jours, il en faut {needed} ; ensuite {after}.",
    "proposal.gap-wide": "Dans le dernier jour, {gap:duration} séparent deux points, objectif moins "
    "de {objective:duration} ; ensuite {after:duration}.",
    "proposal.in-force-shorter": "La règle en vigueur est plus courte que celle voulue : ce qui manque se perd "
    "jour après jour, pour toujours.",
    "proposal.in-force-longer": "La règle en vigueur est plus longue que celle voulue : le surplus coûte et ne "
    "sert à personne.",
    "proposal.size-first": "À la croissance mesurée, {size:size} sont pleins après {days} jours, "
    "bien avant {needed}.",
    "proposal.keeps-all": "Tout est gardé pour toujours : {growth:size} de plus par mois.",
    "proposal.crowded": "{points} points d’une même heure ne sont gardés que parce qu’ils sont "
    "récents.",
    "policy.title": "Politique de rétention — {estate}",
    "policy.intro": "Écrit par Phoenix le {moment} ({zone}) d’après phoenix.yaml et ce qu’il a vu "
    "en dernier. Les règles changent dans phoenix.yaml ; ce fichier suit ensuite par `phoenix "
    "retention show --write`.",
    "policy.yours": "Les lignes que vous ajoutez restent où vous les mettez.",
    "policy.words": "**Préparée** : la règle est déclarée dans phoenix.yaml. **Appliquée** : le "
    "moteur fonctionne sous cette règle, ou Phoenix a retiré des points selon elle. **Vérifiée** : "
    "regardée ensuite, au jour donné, et ce qui est présent s’y accorde. `?` : personne n’a pu le "
    "dire.",
    "plan.section.retention-stores": "Ce qui est gardé, combien de temps",
    "plan.section.retention-reasons": "Pourquoi si longtemps",
    "plan.section.retention-sizes": "Sur quoi reposent les tailles",
    "plan.section.retention-needs": "Ce qu’il faut d’ordinaire à de tels dépôts",
    "plan.section.retention-proposals": "À allonger, à réduire",
    "plan.section.retention-words": "Préparée, appliquée, vérifiée",
}

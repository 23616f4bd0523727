"""What there is to mend, how, and schedules in words, in French."""

PHRASES: dict[str, str] = {
    "finding.no-backup": "aucune copie utilisable",
    "remedy.no-backup": "sauvegardez maintenant ({command}) et vérifiez sa politique",
    "finding.asset-unseen": "copies non vues : on ne sait pas s’il en existe",
    "remedy.asset-unseen": "rendez ses moteurs lisibles ; cette sorte de données n’est peut-être "
    "pas encore prise en charge",
    "finding.too-old": "copie la plus récente vieille de {age:duration}, objectif moins de "
    "{objective:duration}",
    "remedy.too-old": "sauvegardez maintenant ({command}) et cherchez pourquoi la "
    "dernière exécution manque",
    "finding.point-in-future": "une copie est datée dans le futur, de {age:duration}",
    "remedy.point-in-future": "remettez à l’heure l’horloge de la machine qui l’a faite",
    "finding.point-unknown": "la copie la plus récente ({age:duration}) ne peut pas être jugée : "
    "taille inconnue",
    "remedy.point-unknown": "restaurez-la pour en avoir le cœur net (phoenix drill run {service})",
    "finding.last-backup-failed": "la dernière sauvegarde vers {engine} a échoué il y a {age:duration} : {reason}",
    "remedy.last-backup-failed": "corrigez la cause, puis : phoenix backup",
    "finding.suspect-point": "la copie la plus récente est suspecte : moitié plus petite que les "
    "précédentes, ou incomplète",
    "remedy.suspect-point": "restaurez-la pour en avoir le cœur net (phoenix drill run {service})",
    "finding.gap-too-long": "jusqu’à {gap:duration} sans nouvelle copie ces 30 derniers jours, "
    "objectif moins de {objective:duration}",
    "remedy.gap-too-long": "cherchez quelle exécution a manqué ; l’écart sort de l’historique au "
    "bout de 30 jours",
    "finding.schedule-too-thin": "le planning laisse jusqu’à {worst:duration} entre deux "
    "exécutions, objectif moins de {objective:duration}",
    "remedy.schedule-too-thin": "ajoutez une exécution (aujourd’hui : {schedule})",
    "finding.off-site-behind": "si le site est perdu, jusqu’à {rpo:duration} de données "
    "disparaissent, objectif moins de {objective:duration}",
    "remedy.off-site-behind": "envoyez chaque copie hors site aussi souvent que les autres",
    "finding.never-drilled": "jamais restauré",
    "remedy.never-drilled": "restaurez pour de vrai (phoenix drill run {service})",
    "finding.drill-failed": "le dernier exercice de restauration a échoué",
    "remedy.drill-failed": "lisez pourquoi (phoenix drill report), réparez, recommencez "
    "(phoenix drill run {service})",
    "finding.drill-never-failed": "rien ne montre encore que l’exercice reconnaît une mauvaise "
    "copie",
    "remedy.drill-never-failed": "faites-le échouer sur une copie abîmée (phoenix drill run "
    "{service} --mutate)",
    "finding.drill-left-traces": "l’exercice {drill} n’a pas pu tout nettoyer",
    "remedy.drill-left-traces": "finissez le nettoyage (phoenix drill gc)",
    "finding.drill-stale": "dernière restauration il y a {age:duration}, à refaire tous les "
    "{limit:duration}",
    "remedy.drill-stale": "restaurez de nouveau (phoenix drill run {service})",
    "finding.not-openable": "aucune clé qui fonctionne hors de la production n’ouvre ses copies",
    "remedy.not-openable": "mettez une copie de la clé hors de la production et prouvez-la "
    "(phoenix keys prove)",
    "finding.copies-too-few": "exemplaires, production comprise : {copies} ; il en faut 3",
    "remedy.copies-too-few": "ajoutez une destination à sa politique",
    "finding.one-medium": "toutes les copies sont sur le même support que les données",
    "remedy.one-medium": "ajoutez une destination sur un autre disque ou une autre machine",
    "finding.no-off-site": "aucune copie sur un autre site",
    "remedy.no-off-site": "ajoutez une destination sur un autre site",
    "finding.off-site-unknown": "on ignore si une copie est sur un autre site",
    "remedy.off-site-unknown": "décrivez les emplacements et le site de leurs machines",
    "finding.simulated-off-site": "la copie hors site est simulée",
    "remedy.simulated-off-site": "remplacez-la par un emplacement réellement ailleurs",
    "finding.location-not-described": "emplacement de copies non décrit",
    "remedy.location-not-described": "ajoutez-le sous locations dans phoenix.yaml",
    "finding.host-not-described": "machine non décrite : son site est inconnu",
    "remedy.host-not-described": "ajoutez-la sous hosts dans phoenix.yaml",
    "finding.immutable-unproved": "immuabilité annoncée, sans preuve depuis 90 jours",
    "remedy.immutable-unproved": "prouvez-la par une suppression refusée (phoenix location prove)",
    "finding.key-single-copy": "copies de cette clé : {copies} ; il en faut au moins 2",
    "remedy.key-single-copy": "faites-en une autre, ailleurs",
    "finding.key-not-off-site": "aucune copie de cette clé sur un autre site",
    "remedy.key-not-off-site": "déposez-en une hors site",
    "finding.key-never-proven": "aucune copie de cette clé n’a jamais rien ouvert",
    "remedy.key-never-proven": "prouvez-la (phoenix keys prove {subject})",
    "finding.key-not-proven-off-site": "prouvée seulement avec la copie « {place} », pas avec une "
    "copie hors site",
    "remedy.key-not-proven-off-site": "prouvez la copie hors site (phoenix keys prove {subject})",
    "finding.key-proof-failed": "la dernière copie essayée n’ouvre plus rien",
    "remedy.key-proof-failed": "remplacez cette copie, puis prouvez-la (phoenix keys prove "
    "{subject})",
    "finding.key-not-described": "aucune clé décrite ne tient son mot de passe",
    "remedy.key-not-described": "décrivez la clé et ses copies sous keys dans phoenix.yaml",
    "finding.blind": "non vu : {reason}",
    "remedy.blind": "rétablissez l’accès, puis observez (phoenix observe {subject})",
    "finding.waiver-expired": "exception échue le {until} ({because})",
    "remedy.waiver-expired": "protégez ces données, ou renouvelez l’exception",
    "finding.ignore-expired": "mis de côté jusqu’au {until} ({because})",
    "remedy.ignore-expired": "décrivez-le, ou mettez-le de côté avec une nouvelle date",
    "finding.interrupted-action": "action commencée il y a {age:duration} et sans issue connue "
    "({verb})",
    "remedy.interrupted-action": "vérifiez ce qui a été fait (phoenix evidence list), puis "
    "relancez",
    "finding.retention-document-missing": "aucune politique de rétention n’est écrite",
    "remedy.retention-document-missing": "écrivez-la (phoenix retention show --write)",
    "finding.retention-document-stale": "la politique de rétention a été écrite pour d’autres "
    "règles",
    "remedy.retention-document-stale": "écrivez-la de nouveau (phoenix retention show --write)",
    "finding.retention-differs": "garde {found} de {stream}, phoenix.yaml dit {wanted}",
    "remedy.retention-differs": "planifiez le changement (phoenix retention plan --engine "
    "{subject}), ou dites dans phoenix.yaml ce qui est vraiment voulu",
    "finding.retention-not-in-force": "configuré pour garder {wanted} de {stream}, mais fonctionne "
    "encore sous {found} : il n’a pas été redémarré",
    "remedy.retention-not-in-force": "redémarrez-le, puis observez (phoenix observe {subject})",
    "finding.retention-too-short": "la règle couvre {days} jours sur {engine}, il en faut {needed}",
    "remedy.retention-too-short": "gardez plus longtemps : voyez ce qui suffirait (phoenix "
    "retention show)",
    "finding.expired-too-much": "{points} points (du {since} au {until}) sont partis de {engine} "
    "alors que la règle les garde, et pas par Phoenix",
    "remedy.expired-too-much": "cherchez ce qui retire des points à cet endroit, et arrêtez-le",
    "schedule.daily": "chaque jour à {time}",
    "schedule.several-daily": "chaque jour à {times}",
    "schedule.times-daily": "{count} fois par jour, de {first} à {last}",
    "schedule.every-minute": "chaque minute",
    "schedule.minutes": "toutes les {minutes} minutes",
    "schedule.hourly": "chaque heure, à la minute {minute}",
    "schedule.weekly-monday": "chaque lundi à {time}",
    "schedule.weekly-tuesday": "chaque mardi à {time}",
    "schedule.weekly-wednesday": "chaque mercredi à {time}",
    "schedule.weekly-thursday": "chaque jeudi à {time}",
    "schedule.weekly-friday": "chaque vendredi à {time}",
    "schedule.weekly-saturday": "chaque samedi à {time}",
    "schedule.weekly-sunday": "chaque dimanche à {time}",
    "schedule.monthly": "le {day} de chaque mois à {time}",
    "schedule.monthly-last": "le dernier jour du mois à {time}",
    "schedule.raw": "{expression}",
}

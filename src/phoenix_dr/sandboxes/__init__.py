"""Local places where drills restore, and the journal that lets nothing of them stay behind."""

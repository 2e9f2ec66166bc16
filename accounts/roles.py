"""The roles, as the trade names them."""

UNDERWRITER = "underwriter"
ACTUARY = "actuary"
ADJUSTER = "adjuster"
AUDITOR = "auditor"
ADMINISTRATOR = "administrator"
ALL_STAFF = frozenset({UNDERWRITER, ACTUARY, ADJUSTER, AUDITOR, ADMINISTRATOR})

OWNER = "owner"
ENGINEER = "engineer"
VIEWER = "viewer"
ALL_MEMBERS = frozenset({OWNER, ENGINEER, VIEWER})

STAFF_LABELS = {
    UNDERWRITER: "Underwriter",
    ACTUARY: "Actuary",
    ADJUSTER: "Claims adjuster",
    AUDITOR: "Auditor",
    ADMINISTRATOR: "Administrator",
}
MEMBER_LABELS = {OWNER: "Owner", ENGINEER: "Engineer", VIEWER: "Viewer"}

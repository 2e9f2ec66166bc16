"""Who hears what: event name -> job kinds of the rooms above. The only place where upward flow is written."""

SUBSCRIPTIONS: dict[str, tuple[str, ...]] = {}

"""The Emergency Incident Data Object: incidents as 9-1-1 centres exchange them."""

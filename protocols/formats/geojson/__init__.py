"""GeoJSON (RFC 7946): features, collections of them and bare geometries."""

"""Published files become typed tables; nothing here knows about pages."""

import os

# The only kinds of map file that are read. The library can open many more, some of which are lists of other files
# or addresses to call; it reads this setting once, when it is first imported, so it is set before anything else.
MAP_DRIVERS = ("ESRI Shapefile", "FlatGeobuf", "GPKG", "GeoJSON", "MEM")
SKIPPED_DRIVERS = (
    "ADBC", "AIVector", "AVCBin", "AVCE00", "AmigoCloud", "CSV", "CSW", "Carto", "DGN", "DXF", "EDIGEO", "EEDA",
    "ESRIJSON", "Elasticsearch", "GDALG", "GML", "GPSBabel", "GPX", "GTFS", "GeoJSONSeq", "GeoRSS", "HTTP", "Idrisi",
    "JML", "JSONFG", "KML", "LIBKML", "LVBAG", "MBTiles", "MVT", "MapInfo File", "MapML", "MiraMonVector", "NGW",
    "OAPIF", "ODS", "OGCAPI", "OGR_GMT", "OGR_PDS", "OGR_VRT", "OSM", "OpenFileGDB", "PCIDSK", "PDF", "PDS4",
    "PGDUMP", "PLSCENES", "PMTiles", "S57", "SQLite", "SXF", "Selafin", "TopoJSON", "VDV", "VFK", "VICAR", "WAsP",
    "WFS", "XLSX",
)
os.environ["OGR_SKIP"] = ",".join(SKIPPED_DRIVERS)

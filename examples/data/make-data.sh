#!/bin/sh
# Makes the source data of the two sample pipelines: always the same, byte for byte.
#
#   make-data.sh DIR                 shop.sql (a dump: orders), api/customers-N.json, readings.csv
#   make-data.sh DIR --duplicates    the same, with the last 25 orders twice
#
# The files appear in one step: a folder beside DIR is filled and then takes its name.
set -eu
LC_ALL=C
export LC_ALL

target=${1:?write the directory: make-data.sh DIR [--duplicates]}
duplicates=0
[ "${2:-}" = --duplicates ] && duplicates=25
making=$target.making.$$
rm -rf "$making"
mkdir -p "$making/api"

# Park and Miller's generator: every product stays below 2^53, so that awk computes it exactly.
random='function draw(below) { seed = (seed * 16807) % 2147483647; return seed % below }'

awk -v duplicates="$duplicates" "$random"'
BEGIN {
  seed = 20250101
  orders = 6000
  print "CREATE TABLE orders (order_id INTEGER, customer_id INTEGER, product TEXT,"
  print "                     quantity INTEGER, unit_price_cents INTEGER, status TEXT);"
  split("apple bread coffee honey milk olive rice tea", products, " ")
  for (id = 1; id <= orders; id++) {
    product = draw(8) + 1
    status = draw(20) == 0 ? "cancelled" : "paid"
    row[id] = sprintf("(%d, %d, '\''%s'\'', %d, %d, '\''%s'\'')", id, draw(480) + 1,
                      products[product], draw(5) + 1, product * 125 + draw(50), status)
  }
  for (id = 1; id <= orders; id++) print "INSERT INTO orders VALUES " row[id] ";"
  for (id = orders - duplicates + 1; id <= orders; id++) {
    print "INSERT INTO orders VALUES " row[id] ";"
  }
}' > "$making/shop.sql"

awk -v folder="$making/api" "$random"'
BEGIN {
  seed = 4711
  pages = 12
  split("Beijing Berlin Lagos Lima Osaka", cities, " ")
  split("gold silver bronze", levels, " ")
  for (page = 1; page <= pages; page++) {
    file = folder "/customers-" page ".json"
    printf "{\"page\":%d,\"pages\":%d,\"customers\":[", page, pages > file
    for (place = 1; place <= 40; place++) {
      id = (page - 1) * 40 + place
      printf "%s\n{\"id\":%d,\"name\":\"Customer %03d\",\"city\":\"%s\",\"level\":\"%s\"}", \
        (place > 1 ? "," : ""), id, id, cities[draw(5) + 1], levels[draw(3) + 1] > file
    }
    print "\n]}" > file
    close(file)
  }
}'

awk "$random"'
BEGIN {
  seed = 1234567
  print "station,hour,celsius_tenths"
  for (station = 1; station <= 50; station++) {
    for (hour = 0; hour < 240; hour++) {
      # Now and then a sensor is dead: that row has no number.
      if (draw(100) == 0) printf "S%02d,%d,\n", station, hour
      else printf "S%02d,%d,%d\n", station, hour, 50 + station + draw(150)
    }
  }
}' > "$making/readings.csv"

rm -rf "$target"
mv "$making" "$target"

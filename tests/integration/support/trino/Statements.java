import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.trino.plugin.memory.MemoryConnectorFactory;
import io.trino.testing.LocalQueryRunner;
import io.trino.testing.MaterializedRow;
import io.trino.testing.TestingSession;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.LogManager;

/**
 * Runs SQL statements, a JSON array of texts on standard input, one after the other in a Trino of its own, and
 * prints a JSON array with the rows of each. The first that fails ends it, with Trino's words on standard error.
 */
public class Statements {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] arguments) throws Exception {
    PrintStream out = System.out;
    System.setOut(System.err);
    LogManager.getLogManager().reset();
    var session = TestingSession.testSessionBuilder().setCatalog("memory").setSchema("default").build();
    try (var trino = LocalQueryRunner.create(session)) {
      trino.createCatalog("memory", new MemoryConnectorFactory(), Map.of());
      List<List<List<Object>>> answers = new ArrayList<>();
      for (String statement : JSON.readValue(System.in, new TypeReference<List<String>>() {})) {
        answers.add(run(trino, statement));
      }
      out.println(JSON.writeValueAsString(answers));
    }
    // Trino leaves threads behind.
    System.exit(0);
  }

  private static List<List<Object>> run(LocalQueryRunner trino, String statement) {
    try {
      return trino.execute(statement).getMaterializedRows().stream().map(Statements::plain).toList();
    } catch (RuntimeException refused) {
      System.err.println(refused.getMessage() + "\n" + statement);
      System.exit(1);
      throw refused;
    }
  }

  /** Numbers and truth as they are, all else (decimals, dates, times) as text. */
  private static List<Object> plain(MaterializedRow row) {
    List<Object> fields = new ArrayList<>();
    for (Object field : row.getFields()) {
      boolean isPlain = field == null || field instanceof Boolean || field instanceof Double || field instanceof Long;
      fields.add(isPlain ? field : field.toString());
    }
    return fields;
  }
}
